import type { Page } from 'playwright-core';
import { defaultWaitMs, waitUntil, waitVisible } from './waits.ts';

// A toast that has slid away stays in the center that the bell opens.
const lists = '.notifications-toasts, .notifications-center';

/** Texts of the notifications on the screen, newest first. */
export async function notifications(page: Page): Promise<string[]> {
  const texts = await page.locator(lists).locator('.notification-list-item-message').allTextContents();
  return texts.map((text) => text.trim());
}

/** Waits for a notification whose text matches and answers the text. */
export function waitForNotification(page: Page, pattern: RegExp, timeoutMs = defaultWaitMs): Promise<string> {
  return waitUntil(
    page,
    `a notification ${pattern}`,
    async () => (await notifications(page)).find((text) => pattern.test(text)),
    timeoutMs,
  );
}

/** Presses a button of a notification; `message` tells which, where several are shown. */
export async function clickNotificationButton(page: Page, label: string, message = /(?:)/): Promise<void> {
  const item = page.locator(lists).locator('.notification-list-item').filter({ hasText: message });
  const button = item.getByRole('button', { name: label, exact: true }).first();
  const shown = await button.waitFor({ state: 'visible', timeout: 5000 }).then(
    () => true,
    () => false,
  );
  if (!shown) {
    await page.locator('[id="status.notifications"]').click();
    await waitVisible(page, `the notification button "${label}"`, button);
  }
  await button.click();
}

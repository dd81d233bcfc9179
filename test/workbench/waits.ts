import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** Milliseconds that something on the screen may take, unless a call says otherwise. */
export const defaultWaitMs = 20_000;

const artifacts = join(process.cwd(), 'artifacts');

/** Saves the page as artifacts/<name>.png and answers the path. */
export async function saveScreenshot(page: Page, name: string): Promise<string> {
  mkdirSync(artifacts, { recursive: true });
  const path = join(artifacts, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

/** Titles of the editor tabs. The name and its ending are two elements, a folder that tells them apart is a third. */
export async function tabTitles(page: Page): Promise<string[]> {
  const title = '.tabs-container .tab .monaco-icon-label-container';
  return (await page.locator(title).allTextContents()).map((text) => text.trim());
}

/** Waits until `locator` is visible; on failure says `what` was missing and what was on the screen. */
export async function waitVisible(
  page: Page,
  what: string,
  locator: Locator,
  timeoutMs = defaultWaitMs,
): Promise<void> {
  try {
    await locator.first().waitFor({ state: 'visible', timeout: timeoutMs });
  } catch (error) {
    throw await missing(page, what, timeoutMs, error);
  }
}

/** Waits until `read` answers something else than undefined; asked four times a second. */
export async function waitUntil<T>(
  page: Page,
  what: string,
  read: () => Promise<T | undefined>,
  timeoutMs = defaultWaitMs,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await read();
    if (found !== undefined) return found;
    if (Date.now() >= until) throw await missing(page, what, timeoutMs);
    await page.waitForTimeout(250);
  }
}

/** The error for something that did not appear, with a screenshot and the texts that were shown instead. */
async function missing(page: Page, what: string, timeoutMs: number, cause?: unknown): Promise<Error> {
  const message = `${what} did not appear within ${timeoutMs / 1000} s`;
  if (page.isClosed()) return new Error(`${message}: the page is closed`, { cause });
  const name = `failure-${what.replace(/\W+/g, '-').slice(0, 60)}-${process.pid}-${Date.now()}`;
  const picture = await saveScreenshot(page, name).catch(() => 'none');
  const shown = await onScreen(page).catch(() => 'nothing readable');
  return new Error(`${message}. On the screen: ${shown}. Screenshot: ${picture}`, { cause });
}

const parts = {
  'quick pick': '.quick-input-widget:not([style*="display: none"]) .quick-input-list .label-name',
  dialog: '.monaco-dialog-box .dialog-message-row',
  notifications: '.notifications-toasts .notification-list-item-message',
  'status bar': '.statusbar-item.right',
};

async function onScreen(page: Page): Promise<string> {
  const tabs = await tabTitles(page);
  const lines = tabs.length > 0 ? [`tabs: ${tabs.join(' | ')}`] : [];
  for (const [part, selector] of Object.entries(parts)) {
    const texts = (await page.locator(selector).allTextContents()).map((text) => text.trim()).filter(Boolean);
    if (texts.length > 0) lines.push(`${part}: ${texts.slice(0, 12).join(' | ')}`);
  }
  return lines.join('; ') || 'an empty workbench';
}

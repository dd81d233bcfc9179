import { basename, join } from 'node:path';
import { errors, type Locator, type Page } from 'playwright-core';
import { defaultWaitMs, waitUntil, waitVisible } from './waits.ts';

const widget = (page: Page) => page.locator('.quick-input-widget');
const rows = (page: Page) => widget(page).locator('.quick-input-list .monaco-list-row');

/** The row of an open quick pick whose label is exactly `label`. */
export function quickPickRow(page: Page, label: string): Locator {
  const exact = new RegExp(`^\\s*${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
  return rows(page).filter({ has: page.locator('.label-name', { hasText: exact }) });
}

/** Labels of the rows that an open quick pick shows. */
export const quickPickLabels = (page: Page): Promise<string[]> => rows(page).locator('.label-name').allTextContents();

/** Runs a command from the palette, for example "Devstral: Open Chat"; waits until the palette lists it. */
export async function runCommand(page: Page, title: string, timeoutMs = defaultWaitMs): Promise<void> {
  await pick(page, 'F1', `>${title}`, title, `the command "${title}" in the palette`, timeoutMs);
}

/** Opens a file of the folder by quick open. The absolute path is typed: it needs no index of the folder. */
export async function openFile(page: Page, folder: string, relativePath: string): Promise<void> {
  const path = join(folder, relativePath);
  await pick(page, 'Control+p', path, basename(path), `the file "${relativePath}" in quick open`, defaultWaitMs);
}

/**
 * Opens a list with a key, types and clicks the row. The list does not follow commands that are registered later, and an
 * editor that takes the focus closes it: what does not come within two seconds is asked for again.
 */
async function pick(page: Page, key: string, text: string, label: string, what: string, timeoutMs: number) {
  const input = widget(page).locator('input.input');
  const row = quickPickRow(page, label).first();
  const soon = { timeout: 2000 };
  let again = false;
  await waitUntil(
    page,
    what,
    async () => {
      // Not at first: Escape means something to the part that has the focus.
      if (again) await page.keyboard.press('Escape');
      again = true;
      await page.keyboard.press(key);
      try {
        await input.waitFor({ state: 'visible', ...soon });
        await input.evaluate(write, text, soon);
        await row.waitFor({ state: 'visible', ...soon });
        await row.click(soon);
        return true;
      } catch (error) {
        if (error instanceof errors.TimeoutError) return undefined;
        throw error;
      }
    },
    timeoutMs,
  );
}

/** By its own event and not by keys: an editor that takes the focus meanwhile would have them in its text. */
function write(element: Element, text: string): void {
  (element as HTMLInputElement).value = text;
  element.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** Chooses a row of the quick pick that is open; typed first, because only the rows in view exist. */
export async function chooseQuickPick(page: Page, label: string): Promise<void> {
  const row = quickPickRow(page, label).first();
  const input = widget(page).locator('input.input');
  if (await input.isVisible()) await input.fill(label);
  await waitVisible(page, `"${label}" in the quick pick`, row);
  await row.click();
}

/** Types into the input box that is open and presses Enter. */
export async function answerInputBox(page: Page, text: string): Promise<void> {
  const input = widget(page).locator('input.input');
  await waitVisible(page, 'an input box', input);
  await input.fill(text);
  await input.press('Enter');
}

/** Puts the cursor of the editor in front on a line and column, both from 1, and waits until it stands there. */
export async function goTo(page: Page, line: number, column = 1): Promise<void> {
  const input = widget(page).locator('input.input');
  await page.keyboard.press('Control+g');
  await waitVisible(page, 'the input of Go to Line', input);
  await input.fill(`:${line}:${column}`);
  await input.press('Enter');
  await input.waitFor({ state: 'hidden' });
  const place = page.locator('.statusbar-item', { hasText: `Ln ${line}, Col ${column}` });
  await waitVisible(page, `line ${line}, column ${column} in the status bar`, place);
}

import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import type { PanelPage } from './panelPage.ts';
import type { Story } from './stories.ts';

/** The extension's messages, then what a person does; what the panel asks for meanwhile is answered again. */
export async function play(panel: PanelPage, { messages, press = [], type }: Story): Promise<void> {
  const { page } = panel;
  await panel.say(...messages);
  if (type !== undefined) {
    await page.locator('.composer textarea').fill(type);
    await panel.say(...messages.slice(1));
  }
  for (const selector of press) await page.locator(selector).first().click();
  if (press.length > 0) await panel.say(...messages.slice(1));
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
}

/** What axe-core finds, which is to be in the page (`addAxe`); of these rules only, if some are named. */
export async function faultsOf(page: Page, only?: string[]): Promise<string[]> {
  const options = {
    // VS Code's page around the panel has the first heading.
    rules: { 'page-has-heading-one': { enabled: false } },
    // What passed is not described.
    resultTypes: ['violations'],
    ...(only ? { runOnly: { type: 'rule', values: only } } : {}),
  };
  const results = await page.evaluate(
    (given) => (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(given),
    options,
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replaceAll(/\s+/g, ' ')}`,
    ),
  );
}

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { Asked, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { PanelMessage } from '../../webview/panelMessage.ts';
import type { HostMessage, Pending } from '../../webview/protocol.ts';
import { type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { events } from './sampleEvents.ts';

export const text = (piece: string) => ({ type: 'text', text: piece }) as const;
export const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';
export const permission = (more: Partial<Asked> = {}): Pending => ({
  ...{ kind: 'permission', at: Date.now() },
  asked: {
    ...{ callId: 'c', title: 'Run npm install zod@4', risk: 'medium', what: 'npm install zod@4', staged: 0 },
    ...{ where: 'packages/cli', reasons: ['Writes package.json and opens the network'], rule: 'npm install *' },
    ...more,
  },
});

/** A panel of its own for each test of the suite that calls this, and what a test does with it. */
export function chatPanel() {
  let browser: PanelBrowser;
  let panel: PanelPage;
  let told = 0;

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open();
    told = 0;
  });
  afterEach(async () => {
    assert.deepEqual(await panel.violations(), [], 'the page asks for nothing that its policy refuses');
    await panel.close();
  });

  const focused = () =>
    panel.page.evaluate(() => {
      const { activeElement } = document;
      return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
    });
  /** What is drawn and said after a frame. */
  async function becomes(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries++) {
      assert.ok(tries < 100, `${what} did not come; the focus is on ${await focused()}`);
      await panel.page.waitForTimeout(20);
    }
  }
  const messages = async (type: PanelMessage['type']) =>
    (await panel.heard()).filter((message) => message.type === type);
  return {
    get page(): Page {
      return panel.page;
    },
    say: (...all: HostMessage[]) => panel.say(...all),
    heard: () => panel.heard(),
    /** Another in its place. */
    async reopen(options: Parameters<PanelBrowser['open']>[0]): Promise<void> {
      await panel.close();
      panel = await browser.open(options);
    },
    composer: () => panel.page.getByRole('textbox', { name: 'Message' }),
    /** Events as the extension tells them, one message each, going on where the last ones ended. */
    tell(...list: (AgentEvent | ShownEvent)[]): HostMessage[] {
      const numbered = events(list, told);
      told += numbered.filter((event) => 'index' in event).length;
      return numbered.map((event) => ({ type: 'events', sessionId: 'session', events: [event] }));
    },
    /** The label or the text of what has the focus. */
    focused,
    becomes,
    focusComes: (label: RegExp) => becomes(String(label), async () => label.test(await focused())),
    /** What the panel said of that type. */
    messages,
    comes: (type: PanelMessage['type']) => becomes(type, async () => (await messages(type)).length > 0),
  };
}

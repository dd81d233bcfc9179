import { existsSync } from 'node:fs';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core';
import type { Theme } from './hostSettings.ts';
import { clickNotificationButton, notifications, waitForNotification } from './notifications.ts';
import { answerInputBox, chooseQuickPick, goTo, openFile, quickPickLabels, runCommand } from './quickInput.ts';
import * as server from './server.ts';
import { saveScreenshot, tabTitles, waitUntil, waitVisible } from './waits.ts';

export type WorkbenchOptions = server.ServerOptions & {
  /** Called with the page before it opens the workbench. */
  preparePage?: (page: Page) => Promise<void>;
};

/** A real VS Code in a browser. All waits throw an error that says what was on the screen, and leave a screenshot. */
export interface Workbench {
  page: Page;
  server: server.WorkbenchServer;
  /** Runs a command of the palette by its whole title, "Devstral: Open Chat". */
  runCommand(title: string, timeoutMs?: number): Promise<void>;
  /** Opens a file of the folder and waits for its tab and text. */
  openFile(relativePath: string): Promise<void>;
  /** Puts the cursor of the editor in front on a line and column, both from 1. */
  goTo(line: number, column?: number): Promise<void>;
  /** Text of a status bar item of our extension, without its icon; waits until the item is there. */
  statusBarText(itemId: string): Promise<string>;
  notifications(): Promise<string[]>;
  waitForNotification(pattern: RegExp, timeoutMs?: number): Promise<string>;
  clickNotificationButton(label: string, message?: RegExp): Promise<void>;
  quickPickLabels(): Promise<string[]>;
  chooseQuickPick(label: string): Promise<void>;
  answerInputBox(text: string): Promise<void>;
  /** Waits for an editor tab whose title matches and answers the title. */
  waitForTab(title: RegExp, timeoutMs?: number): Promise<string>;
  /** Changes the colour theme and waits until it is drawn. */
  setTheme(theme: Theme): Promise<void>;
  /** Saves artifacts/<name>.png and answers its path. */
  screenshot(name: string): Promise<string>;
  /** Content of the chat view. */
  chatFrame(): FrameLocator;
  /** Ends browser and server with all that they started. */
  close(): Promise<void>;
}

const extensionId = 'devstral-vscode.devstral';
const chromiumPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** What the workbench's element wears. */
const themeClasses: Record<Theme, string> = { light: 'vs', dark: 'vs-dark', hcDark: 'hc-black', hcLight: 'hc-light' };
const loadMs = 60_000;
/** In which a change of a file is mostly noticed. */
const watchedMs = 10_000;

/** Starts the npm workbench on a free port of this machine; `url` opens the folder with the extension loaded. */
export const startServer = (options: server.ServerOptions): Promise<server.WorkbenchServer> =>
  server.startServer(options);

/** Starts the workbench and opens it in Chromium; returns when it is drawn and its extension host runs. */
export async function startWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const running = await startServer(options);
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close().catch(() => undefined);
    await running.close();
  };
  try {
    browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await options.preparePage?.(page);
    await page.goto(running.url, { timeout: loadMs });
    await waitVisible(page, 'the workbench', page.locator('.monaco-workbench .part.statusbar'), loadMs);
    return pageObjects(page, running, options, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Chromium for the tests. Throws one clear line if there is none. */
export function chromiumPath(): string {
  const found = process.env.DEVSTRAL_CHROMIUM || chromiumPaths.find((path) => existsSync(path));
  if (!found) throw new Error('Chromium is missing: install the package "chromium", or set DEVSTRAL_CHROMIUM');
  return found;
}

function pageObjects(
  page: Page,
  running: server.WorkbenchServer,
  options: WorkbenchOptions,
  close: () => Promise<void>,
): Workbench {
  const waitForTab = (title: RegExp, timeoutMs?: number) =>
    waitUntil(page, `a tab ${title}`, async () => (await tabTitles(page)).find((text) => title.test(text)), timeoutMs);
  return {
    page,
    server: running,
    runCommand: (title, timeoutMs) => runCommand(page, title, timeoutMs),
    async openFile(relativePath) {
      await openFile(page, options.folder, relativePath);
      const name = relativePath.split('/').at(-1) ?? relativePath;
      const tab = page.locator('.tabs-container .tab.active').filter({ hasText: name });
      await waitVisible(page, `the tab of ${relativePath}`, tab);
      await waitVisible(page, `the text of ${relativePath}`, page.locator('.editor-instance .view-lines'));
    },
    goTo: (line, column) => goTo(page, line, column),
    async statusBarText(itemId) {
      const item = page.locator(`[id="${extensionId}.${itemId}"]`);
      await waitVisible(page, `the status bar item ${itemId}`, item);
      return ((await item.textContent()) ?? '').trim();
    },
    notifications: () => notifications(page),
    waitForNotification: (pattern, timeoutMs) => waitForNotification(page, pattern, timeoutMs),
    clickNotificationButton: (label, message) => clickNotificationButton(page, label, message),
    quickPickLabels: () => quickPickLabels(page),
    chooseQuickPick: (label) => chooseQuickPick(page, label),
    answerInputBox: (text) => answerInputBox(page, text),
    waitForTab,
    async setTheme(theme) {
      const shown = page.locator(`.monaco-workbench.${themeClasses[theme]}`).first();
      // Now and then the workbench's file watcher misses a change.
      for (let tries = 0; tries < 4; tries++) {
        server.writeSettings(running.userDir, { ...options, theme });
        const isShown = shown.waitFor({ timeout: watchedMs }).then(
          () => true,
          () => false,
        );
        if (await isShown) return faded(page);
      }
      await waitVisible(page, `the theme ${theme}`, shown, loadMs);
      await faded(page);
    },
    screenshot: (name) => saveScreenshot(page, name),
    chatFrame: () =>
      page.frameLocator(`iframe.webview.ready[src*="extensionId=${extensionId}"]`).frameLocator('iframe#active-frame'),
    close,
  };
}

/** The status bar fades from one colour into the other. */
const faded = async (page: Page): Promise<void> => {
  await page.waitForFunction(() => !document.getAnimations().some((each) => each instanceof CSSTransition));
};

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chatHtml } from '../../extension/chat/html.ts';
import type { PanelMessage } from '../../webview/panelMessage.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { pseudoLanguage, pseudoScript } from './pseudoTexts.ts';
import { stateOf } from './sampleEvents.ts';
import { type Theme, themes } from './themes.ts';

/** The built panel in a real browser, with its own page and policy; only VS Code's side of the messages is ours. */
export interface PanelPage {
  page: Page;
  /** What the page asked to load, and what its policy refused. */
  violations(): Promise<string[]>;
  requests: string[];
  say(...messages: HostMessage[]): Promise<void>;
  heard(): Promise<PanelMessage[]>;
  close(): Promise<void>;
}

export interface PanelBrowser {
  open(options?: {
    width?: number;
    height?: number;
    theme?: Theme;
    /** The page is in this language; `pseudoLanguage` is one that is written from right to left. */
    language?: string;
    scale?: number;
    state?: Partial<State>;
  }): Promise<PanelPage>;
  close(): Promise<void>;
}

type State = Extract<HostMessage, { type: 'state' }>;

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
};

const axePath = '/axe.js';
const axeFile = join('node_modules', 'axe-core', 'axe.min.js');

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function startPanelBrowser(): Promise<PanelBrowser> {
  const executablePath = process.env.DEVSTRAL_CHROMIUM ?? candidates.find((path) => existsSync(path));
  if (!executablePath) throw new Error('No Chromium found; set DEVSTRAL_CHROMIUM to one');
  const server = await startServer();
  const { port } = server.address() as AddressInfo;
  const browser: Browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const url = `http://127.0.0.1:${port}`;
  /** Pages that were closed, by their scale: a new one takes longer than all that most tests do with it. */
  const kept = new Map<number, Page>();

  async function takePage(scale: number): Promise<Page> {
    const page = kept.get(scale);
    kept.delete(scale);
    return page ?? newPage(browser, scale);
  }

  /** The next panel in it has an address, and so a state, of its own. */
  async function giveBack(page: Page, scale: number): Promise<void> {
    await page.emulateMedia({ reducedMotion: null });
    await page.mouse.move(0, 0);
    await kept.get(scale)?.context().close();
    kept.set(scale, page);
  }

  let opened = 0;
  return {
    open: (options = {}) => open(takePage, `${url}/?panel=${opened++}`, options, giveBack),
    async close() {
      await browser.close();
      await new Promise((done) => server.close(done));
    },
  };
}

async function startServer(): Promise<Server> {
  const server = createServer((request, response) => {
    serve(request.url ?? '/', request.headers.host ?? '').then(
      // What is read once is compiled once: the page itself is another for each panel, its parts are the same.
      ({ body, type }) => response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=3600' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

async function serve(url: string, host: string): Promise<{ body: string | Buffer; type: string }> {
  const { pathname: path, searchParams } = new URL(url, `http://${host}`);
  if (path === '/') {
    const language = searchParams.get('language') ?? 'en';
    const body = chatHtml({
      cspSource: `http://${host}`,
      scriptUri: '/webview/chat.js',
      styleUri: '/webview/chatStyle.css',
      ...(language === 'en' ? {} : { textsUri: `/webview/texts.${language}.js` }),
      language,
    });
    // VS Code's own styles come first, where the policy does not count yet.
    const styles = await readFile('test/webview/defaultStyles.css', 'utf8');
    return { body: body.replace('<head>', `<head><style>${styles}</style>`), type: 'text/html' };
  }
  if (path === `/webview/texts.${pseudoLanguage}.js`) return { body: pseudoScript(), type: 'text/javascript' };
  const file = path === axePath ? axeFile : join('dist', path.replaceAll('..', ''));
  const body = await readFile(file);
  return { body, type: contentTypes[extname(path)] ?? 'application/octet-stream' };
}

type Instrumented = typeof globalThis & {
  heard: PanelMessage[];
  violations: string[];
  acquireVsCodeApi(): unknown;
};

/** A page of a scale with VS Code's side of the messages in it. */
async function newPage(browser: Browser, deviceScaleFactor: number): Promise<Page> {
  const page = await (await browser.newContext({ deviceScaleFactor })).newPage();
  await page.addInitScript(() => {
    const window = globalThis as Instrumented;
    window.heard = [];
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
    });
    // Like VS Code's, it lives longer than the page.
    window.acquireVsCodeApi = () => ({
      postMessage: (message: PanelMessage) => window.heard.push(message),
      getState: () => JSON.parse(sessionStorage.getItem(location.search) ?? 'null'),
      setState: (value: unknown) => sessionStorage.setItem(location.search, JSON.stringify(value)),
    });
  });
  return page;
}

async function open(
  takePage: (scale: number) => Promise<Page>,
  url: string,
  options: Parameters<PanelBrowser['open']>[0],
  giveBack: (page: Page, scale: number) => Promise<void>,
): Promise<PanelPage> {
  const { width = 360, height = 720, theme = themes.dark, language = 'en', scale = 2, state } = options ?? {};
  const page = await takePage(scale);
  await page.setViewportSize({ width, height });
  const requests: string[] = [];
  const note = (request: { url(): string }) => void requests.push(request.url());
  page.on('request', note);
  await page.goto(`${url}&language=${language}`);
  await setTheme(page, theme);
  const self: PanelPage = {
    page,
    requests,
    violations: () => page.evaluate(() => (globalThis as Instrumented).violations),
    heard: () => page.evaluate(() => (globalThis as Instrumented).heard),
    async say(...messages) {
      await page.evaluate(async (all) => {
        for (const message of all) window.postMessage(message, '*');
        // Messages are tasks of their own; two frames later they are drawn.
        await new Promise((done) => setTimeout(done));
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      }, messages);
    },
    async close() {
      page.off('request', note);
      await giveBack(page, scale);
    },
  };
  // Playwright's own waiting puts a script into each page that takes as long as the panel's.
  await page.evaluate(async () => {
    const isReady = () => (globalThis as Instrumented).heard.some(({ type }) => type === 'ready');
    while (!isReady()) await new Promise((done) => requestAnimationFrame(done));
  });
  await self.say({ ...emptyState, ...state });
  return self;
}

/** Puts axe-core into the page: as a file, of which the browser keeps what it compiled, with the nonce of the panel's own. */
export async function addAxe(page: Page): Promise<void> {
  await page.evaluate(
    (src) =>
      new Promise<void>((resolve, reject) => {
        const script = document.createElement('script');
        script.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
        script.onload = () => resolve();
        script.onerror = () => reject(new Error('axe-core did not load'));
        script.src = src;
        document.head.append(script);
        script.remove();
      }),
    axePath,
  );
}

/** Puts a theme's colours in the place of the last one's. */
export async function setTheme(page: Page, theme: Theme): Promise<void> {
  await page.evaluate(({ bodyClasses, variables }: Theme) => {
    document.body.className = bodyClasses;
    const { style } = document.documentElement;
    while (style[0]) style.removeProperty(style[0]);
    for (const [name, value] of Object.entries(variables)) style.setProperty(`--vscode-${name}`, value);
    style.setProperty('--text-link-decoration', 'none');
    style.setProperty('--monaco-monospace-font', variables['editor-font-family'] ?? 'monospace');
  }, theme);
}

const emptyState = stateOf([], { model: { name: 'Starter', kind: 'local' } });

import { statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { CDPSession, Page } from 'playwright-core';
import type { SessionEvent } from '../../../sidecar/protocol/sessionEvents.ts';
import { type PanelPage, startPanelBrowser } from '../../webview/panelPage.ts';
import { answer, begin, done, events, finish, messagesOf, stateOf, user } from '../../webview/sampleEvents.ts';
import { type PageWatch, watchPage } from './watchPage.ts';

const tokensPerSecond = 100;
const paragraph =
  'The parser reads `argv` twice, **once** for the flags and once for the command. See [the file](src/cli.py#L12).\n\n' +
  '- the flag comes first\n- then the command\n\n```python\ndef parse(argv):\n    return argv[1:]\n```\n\n' +
  '| Output | Before |\n|---|---:|\n| json | 0 |\n\n';
const code = `\`\`\`python\n${'def parse(argv):\n    return argv[1:]\n'.repeat(10)}`;

interface Scene {
  panel: PanelPage;
  watch: PageWatch;
  seconds: number;
}

/**
 * The panel in a real Chromium: an answer at 100 tokens a second for `seconds` while somebody types, answers of 1 MB of
 * text and of code, a session of 5,000 events that is opened and scrolled up, the page itself, and what it does when nothing
 * happens.
 */
const scenes = {
  streaming: ({ panel, watch, seconds }: Scene) => typedDuring(panel, watch, seconds * tokensPerSecond, 4, paragraph),
  megabyte: measureMegabyte,
  code: ({ panel, watch }: Scene) => typedDuring(panel, watch, 250, 4000, code),
  opening: ({ panel, watch }: Scene) => measureOpening(panel, watch, longSession(5000)),
  oneTurn: ({ panel, watch }: Scene) => measureOpening(panel, watch, [...longTurn(5000)]),
  visible: measureVisible,
  idle: measureIdle,
};
type SceneName = keyof typeof scenes;
const isScene = (name: string): name is SceneName => name in scenes;

/** `names`: the scenes that are played, all if there are none; with "profile" the processor's time of each is written too. */
export async function runPanelBench(seconds: number, names: readonly string[]) {
  const wanted = names.filter(isScene);
  const browser = await startPanelBrowser();
  const results: Record<string, unknown> = {};
  for (const name of wanted.length > 0 ? wanted : (Object.keys(scenes) as SceneName[])) {
    const panel = await browser.open({ scale: 1 });
    const cdp = await panel.page.context().newCDPSession(panel.page);
    const watch = await watchPage(panel.page, cdp);
    const play = () => scenes[name]({ panel, watch, seconds });
    results[name] = await (names.includes('profile') ? profiled<unknown>(cdp, name, play) : play());
    console.log(name, results[name]);
    await watch.stop();
    await panel.close();
  }
  await browser.close();
  console.table(results);
  const load = loadavg().map((each) => Number(each.toFixed(1)));
  const bundleBytes = statSync('dist/webview/chat.js').size;
  console.log(`bundle ${bundleBytes} bytes, load ${load.join(' ')}`);
  return { seconds, ...results, bundleBytes, styleBytes: statSync('dist/webview/chatStyle.css').size, load };
}

async function profiled<T>(cdp: CDPSession, name: string, play: () => Promise<T>): Promise<T> {
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.start');
  const result = await play();
  const { profile } = await cdp.send('Profiler.stop');
  writeFileSync(`artifacts/panel-${name}.cpuprofile`, JSON.stringify(profile));
  return result;
}

/** An answer streams while somebody types. */
async function typedDuring({ page, say }: PanelPage, watch: PageWatch, pieces: number, size: number, text: string) {
  await say(stateOf(events([user('go')]), { running: true }));
  const typing = new AbortController();
  const typed = (async () => {
    await page.getByRole('textbox', { name: 'Message' }).focus();
    while (!typing.signal.aborted) {
      await page.keyboard.type('a');
      await new Promise((next) => setTimeout(next, 150));
    }
  })();
  await stream(page, text, pieces, size);
  typing.abort();
  await typed;
  return { ...(await watch.latency()), cpuMs: await watch.cpuMs(), ...(await watch.stalls()) };
}

/** In pieces of 4,000 characters, a hundred a second; then all of it once more, as the answer's own event brings it. */
async function measureMegabyte({ panel, watch }: Scene) {
  const streamed = typedDuring(panel, { ...watch, stalls: async () => ({}) as never }, 250, 4000, paragraph);
  const { inputP50, inputP99 } = await streamed;
  const whole = paragraph.repeat(Math.ceil(1_000_000 / paragraph.length)).slice(0, 1_000_000);
  await panel.say({ type: 'events', sessionId: 'session', events: events([answer(whole), done], 1) });
  // Until all of it is drawn.
  const groups = () => panel.page.evaluate(() => document.getElementsByClassName('blocks').length);
  for (let before = -1, now = await groups(); now !== before; now = await groups()) {
    before = now;
    await panel.page.waitForTimeout(500);
  }
  const drawn = { inputP50, inputP99, cpuMs: await watch.cpuMs(), ...(await watch.stalls()) };
  return { ...drawn, heapMB: await watch.heapMB() };
}

/** From the message to the first frame with an article in it, and to the last change of the page that follows. */
async function measureOpening({ page }: PanelPage, watch: PageWatch, session: readonly SessionEvent[]) {
  const { openMs, allMs } = await page.evaluate(
    async (told) => {
      const messages: unknown[] = JSON.parse(told);
      await new Promise((next) => setTimeout(next));
      const before = performance.now();
      for (const message of messages) window.postMessage(message, '*');
      await new Promise<void>((drawn) => {
        const look = () =>
          document.querySelector('article') ? requestAnimationFrame(() => drawn()) : requestAnimationFrame(look);
        requestAnimationFrame(look);
      });
      const openMs = Math.round(performance.now() - before);
      let changed = performance.now();
      const observer = new MutationObserver(() => {
        changed = performance.now();
      });
      observer.observe(document.body, { childList: true, subtree: true });
      while (performance.now() - changed < 500) await new Promise((next) => setTimeout(next, 50));
      return { openMs, allMs: Math.round(changed - before) };
    },
    // One text: what a test driver sends in pieces would be counted with the panel's own work.
    JSON.stringify(messagesOf(session, { id: 'long' })),
  );
  const drawn = { openMs, allMs, cpuMs: await watch.cpuMs(), ...(await watch.stalls()) };
  return { ...drawn, heapMB: await watch.heapMB() };
}

/** The page from its address to its first words, and to the state that the extension answers. */
async function measureVisible({ panel: { page, say } }: Scene) {
  // As at the first time: nothing of it is compiled yet.
  await (await page.context().newCDPSession(page)).send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.reload();
  await say(stateOf(events([user('go'), answer(paragraph), done]), { id: 'short' }));
  await page.locator('.markdown').waitFor();
  return page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return { visibleMs: Math.round(paint?.startTime ?? -1) };
  });
}

/** Processor time of ten seconds in which nothing happens. */
async function measureIdle({ panel, watch }: Scene) {
  await panel.say(...messagesOf(longSession(400), { id: 'idle' }));
  await panel.page.waitForTimeout(2000);
  const before = await watch.cpuMs();
  await panel.page.waitForTimeout(10_000);
  return { cpuMs: (await watch.cpuMs()) - before };
}

/** Turns with some calls each, as a long day's work has them. */
function longSession(count: number): SessionEvent[] {
  const turns = Array.from({ length: Math.ceil(count / 8) }, (_, n) => [user(`prompt ${n}`), ...steps(n), done]);
  return events(turns.flat().slice(0, count));
}

/** One prompt, and the agent works on it all day. */
function longTurn(count: number): SessionEvent[] {
  const all = Array.from({ length: Math.ceil(count / 6) }, (_, n) => steps(n));
  return events([user('go'), ...all.flat().slice(0, count - 2), done]);
}

const steps = (n: number) => [
  answer(
    'I look.',
    [
      [`r${n}`, 'read', { file_path: 'cli.py' }],
      [`e${n}`, 'edit', { file_path: 'cli.py' }],
    ],
    'Hm.',
  ),
  begin(`r${n}`, 'read', 'Read cli.py'),
  finish(`r${n}`, '84 lines', 'x'.repeat(2000)),
  begin(`e${n}`, 'edit', 'Edit cli.py'),
  finish(`e${n}`, '+1 -1'),
  answer(paragraph),
];

/** Tells pieces of a text at the pace of a fast model, from inside the page: the clock is its own. */
async function stream(page: Page, text: string, pieces: number, size: number): Promise<void> {
  await page.evaluate(
    async (given) => {
      const started = performance.now();
      const long = given.text.repeat(Math.ceil((given.pieces * given.size) / given.text.length));
      for (let told = 0; told < given.pieces; ) {
        const due = Math.min(given.pieces, Math.ceil(((performance.now() - started) / 1000) * given.perSecond));
        for (; told < due; told++) {
          const piece = long.slice(told * given.size, (told + 1) * given.size);
          window.postMessage(
            { type: 'events', sessionId: 'session', events: [{ event: { type: 'text', text: piece } }] },
            '*',
          );
        }
        await new Promise((next) => setTimeout(next, 5));
      }
      await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    },
    { text, pieces, size, perSecond: tokensPerSecond },
  );
}

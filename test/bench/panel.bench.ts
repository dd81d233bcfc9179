import { statSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import { type PanelPage, startPanelBrowser } from '../webview/panelPage.ts';
import { answer, begin, done, events, finish, stateOf, user } from '../webview/sampleEvents.ts';

const tokensPerSecond = 100;
const paragraph =
  'The parser reads `argv` twice, **once** for the flags and once for the command. See [the file](src/cli.py#L12).\n\n' +
  '- the flag comes first\n- then the command\n\n```python\ndef parse(argv):\n    return argv[1:]\n```\n\n' +
  '| Output | Before |\n|---|---:|\n| json | 0 |\n\n';

/** Runs of the page that keep it from answering: how many took over 50 ms, and the longest, in ms. */
interface Stalls {
  longTasks: number;
  longestMs: number;
}

/**
 * The panel in a real Chromium: an answer at 100 tokens a second for `seconds` while somebody types, an answer of 1 MB,
 * a session of 5,000 events that is opened, and what has to be loaded for all that.
 */
export async function runPanelBench(seconds: number) {
  const browser = await startPanelBrowser();
  const within = async <T>(measure: (panel: PanelPage, cdp: CDPSession) => Promise<T>): Promise<T> => {
    const panel = await browser.open({ scale: 1 });
    const cdp = await panel.page.context().newCDPSession(panel.page);
    const result = await measure(panel, cdp);
    await panel.close();
    return result;
  };
  const streaming = await within(({ page, say }) => measureStreaming(page, say, seconds));
  const megabyte = await within(({ page, say }, cdp) => measureMegabyte(page, say, cdp));
  const opening = await within(measureOpening);
  await browser.close();
  const result = {
    ...{ seconds, streaming, megabyte, opening },
    bundleBytes: statSync('dist/webview/chat.js').size,
    styleBytes: statSync('dist/webview/chatStyle.css').size,
  };
  console.table({
    [`${tokensPerSecond} tok/s, ${seconds} s`]: streaming,
    '1 MB answer': megabyte,
    '5,000 events': opening,
  });
  console.log(`bundle ${result.bundleBytes} bytes, styles ${result.styleBytes} bytes`);
  return result;
}

async function measureStreaming(page: Page, say: PanelPage['say'], seconds: number) {
  await say(stateOf(events([user('go')]), { running: true }));
  await watch(page);
  const typing = new AbortController();
  const typed = (async () => {
    await page.getByRole('textbox', { name: 'Message' }).focus();
    while (!typing.signal.aborted) {
      await page.keyboard.type('a');
      await new Promise((next) => setTimeout(next, 150));
    }
  })();
  await stream(page, paragraph, seconds * tokensPerSecond, 4);
  typing.abort();
  await typed;
  return { ...(await stalls(page)), ...(await latency(page)) };
}

/** In pieces of 4,000 characters, a hundred a second. */
async function measureMegabyte(page: Page, say: PanelPage['say'], cdp: CDPSession) {
  await say(stateOf(events([user('go')]), { running: true }));
  await watch(page);
  const before = await cpuMs(cdp);
  await stream(page, paragraph, 250, 4000);
  const whole = paragraph.repeat(Math.ceil(1_000_000 / paragraph.length)).slice(0, 1_000_000);
  await say({ type: 'events', sessionId: 'session', events: events([answer(whole), done], 1) });
  return { ...(await stalls(page)), cpuMs: (await cpuMs(cdp)) - before };
}

async function measureOpening(panel: PanelPage, cdp: CDPSession) {
  const state = stateOf(longSession(5000), { id: 'long' });
  await watch(panel.page);
  const before = await cpuMs(cdp);
  const ms = await panel.page.evaluate(async (message) => {
    const before = performance.now();
    window.postMessage(message, '*');
    await new Promise<void>((drawn) => {
      const look = () =>
        document.querySelector('article') ? requestAnimationFrame(() => drawn()) : requestAnimationFrame(look);
      requestAnimationFrame(look);
    });
    return performance.now() - before;
  }, state);
  const cpu = (await cpuMs(cdp)) - before;
  const found = await stalls(panel.page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return { openMs: Math.round(ms), cpuMs: cpu, heapMB: Number((usedSize / 1e6).toFixed(1)), ...found };
}

/** Turns with some calls each, as a long day's work has them. */
function longSession(count: number): SessionEvent[] {
  const turn = (n: number) => [
    user(`prompt ${n}`),
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
    done,
  ];
  return events(
    Array.from({ length: Math.ceil(count / 8) }, (_, n) => turn(n))
      .flat()
      .slice(0, count),
  );
}

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

/** Processor time of the page's main thread so far: what a busy computer does not change. */
async function cpuMs(cdp: CDPSession): Promise<number> {
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Math.round((metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000);
}

type Watched = typeof globalThis & { tasks: number[]; inputs: number[] };

async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watched = globalThis as Watched;
    watched.tasks = [];
    watched.inputs = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.tasks.push(duration);
    }).observe({ type: 'longtask' });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') watched.inputs.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    document.addEventListener('keydown', () => {
      document.documentElement.dataset.keys = String(Number(document.documentElement.dataset.keys ?? 0) + 1);
    });
  });
}

async function stalls(page: Page): Promise<Stalls> {
  const tasks = await page.evaluate(() => (globalThis as Watched).tasks);
  return { longTasks: tasks.length, longestMs: Math.round(Math.max(0, ...tasks)) };
}

/** From the key to the next frame, p50 and p99 in ms; the browser counts in steps of 8 and leaves out what is below 16. */
async function latency(page: Page) {
  const { inputs, keys } = await page.evaluate(() => ({
    inputs: (globalThis as Watched).inputs,
    keys: Number(document.documentElement.dataset.keys ?? 0),
  }));
  const all = [...inputs, ...Array.from({ length: Math.max(0, keys - inputs.length) }, () => 16)].sort((a, b) => a - b);
  const at = (share: number) => all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
  return { keys, inputP50: at(0.5), inputP99: at(0.99) };
}

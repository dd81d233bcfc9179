import type { CDPSession, Page } from 'playwright-core';

/** Runs of the page's main thread that keep it from answering, in ms. */
export interface Stalls {
  /** How many took over 50 ms by the clock, and the longest: on a busy computer much of that is waiting for a processor. */
  longTasks: number;
  longestMs: number;
  /** The same by processor time, which the load changes less. */
  longCpuTasks: number;
  longestCpuMs: number;
}

/** Of the page's main thread since `watchPage`. */
export interface PageWatch {
  stalls(): Promise<Stalls>;
  /** From the key to the next frame, p50 and p99 in ms; the browser counts in steps of 8 and leaves out what is below 16. */
  latency(): Promise<{ keys: number; inputP50: number; inputP99: number }>;
  cpuMs(): Promise<number>;
  heapMB(): Promise<number>;
  /** Ends the trace, of which a browser has one at a time. */
  stop(): Promise<void>;
}

type Watched = typeof globalThis & { tasks: number[]; inputs: number[]; keys: number };

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  args: { name?: string };
  tdur?: number;
}

/** The event of one task, and the category that has it and little else. */
const task = { name: 'ThreadControllerImpl::RunTask', category: 'toplevel' };
const longMs = 50;

export async function watchPage(page: Page, cdp: CDPSession): Promise<PageWatch> {
  const traced: TraceEvent[] = [];
  cdp.on('Tracing.dataCollected', ({ value }) => {
    for (const event of value as unknown as TraceEvent[]) {
      if (event.name === task.name ? (event.tdur ?? 0) > 5000 : event.name === 'thread_name') traced.push(event);
    }
  });
  const traceConfig = { includedCategories: [task.category], recordMode: 'recordContinuously' as const };
  await cdp.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  await page.evaluate(() => {
    const watched = globalThis as Watched;
    watched.tasks = [];
    watched.inputs = [];
    watched.keys = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.tasks.push(duration);
    }).observe({ type: 'longtask' });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'keydown') watched.inputs.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    document.addEventListener('keydown', () => {
      watched.keys += 1;
    });
  });
  const cpuMs = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpuBefore = await cpuMs();

  let ended = false;
  async function stop() {
    if (ended) return;
    ended = true;
    const complete = new Promise<unknown>((done) => cdp.once('Tracing.tracingComplete', done));
    await cdp.send('Tracing.end');
    await complete;
  }

  return {
    stop,
    async stalls() {
      const tasks = await page.evaluate(() => (globalThis as Watched).tasks);
      await stop();
      const main = traced.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
      const isMain = ({ pid, tid }: TraceEvent) => main.some((thread) => thread.pid === pid && thread.tid === tid);
      const cpu = traced.flatMap((event) => (event.tdur !== undefined && isMain(event) ? [event.tdur / 1000] : []));
      return {
        longTasks: tasks.length,
        longestMs: Math.round(Math.max(0, ...tasks)),
        longCpuTasks: cpu.filter((ms) => ms > longMs).length,
        longestCpuMs: Math.round(Math.max(0, ...cpu)),
      };
    },
    async latency() {
      const { inputs, keys } = await page.evaluate(() => {
        const watched = globalThis as Watched;
        return { inputs: watched.inputs, keys: watched.keys };
      });
      const fast = Array.from({ length: Math.max(0, keys - inputs.length) }, () => 16);
      const all = [...inputs, ...fast].sort((a, b) => a - b);
      const at = (share: number) => all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
      return { keys, inputP50: at(0.5), inputP99: at(0.99) };
    },
    cpuMs: async () => Math.round((await cpuMs()) - cpuBefore),
    async heapMB() {
      await cdp.send('HeapProfiler.collectGarbage');
      const { usedSize } = await cdp.send('Runtime.getHeapUsage');
      return Number((usedSize / 1e6).toFixed(1));
    },
  };
}

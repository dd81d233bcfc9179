import * as vscode from 'vscode';
import { problem } from '../../sidecar/protocol/problems.ts';

export interface FixQueue {
  /** Runs `work` when all before it are done. Answers null if the person left the line. */
  run<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T | null>;
}

/** One fix at a time; who waits is told so and may leave (ui.md 6, row 35). The notice goes away by itself. */
export function createFixQueue(): FixQueue {
  let tail: Promise<unknown> | undefined;
  return {
    async run(name, work) {
      const before = tail;
      let done: () => void = () => undefined;
      const mine = new Promise<void>((resolve) => {
        done = resolve;
      });
      // Who leaves the line is done, but those before are not.
      const both = Promise.all([before, mine]);
      tail = both;
      void both.then(() => {
        if (tail === both) tail = undefined;
      });
      try {
        if (before && (await waitsInLine(name, before)) === 'left') return null;
        return await work(before !== undefined);
      } finally {
        done();
      }
    },
  };
}

function waitsInLine(name: string, before: Promise<unknown>): PromiseLike<'free' | 'left'> {
  const { title, sentence } = problem('alreadyRunning', { file: name });
  const settings = {
    location: vscode.ProgressLocation.Notification,
    cancellable: true,
    title: `${title}. ${sentence}`,
  };
  return vscode.window.withProgress(settings, (_progress, token) =>
    Promise.race([
      before.then(() => 'free' as const),
      new Promise<'left'>((resolve) => token.onCancellationRequested(() => resolve('left'))),
    ]),
  );
}

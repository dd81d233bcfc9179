import type { AnswerMeter } from '../edits/fencedAnswer.ts';
import type { Backend, StreamRequest } from '../models/backend.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { modelProgress } from './modelProgress.ts';

export type SampledAnswer =
  /** `complete` is false if the answer ended at its token limit. */
  | { kind: 'answer'; text: string; complete: boolean }
  | { kind: 'cancelled'; text: string }
  | { kind: 'failed'; problem: ProblemReport; text: string };

interface SampleDeps {
  backend: Backend;
  signal: AbortSignal;
  meter: AnswerMeter;
  report(progress: TurnProgress): void;
  /** All of the answer so far, at most four times a second. */
  onText?(text: string): void;
  attempt: number;
  attempts: number;
  expectedLines: number | undefined;
}

const reportEveryMs = 250;

/** Samples one answer and reports reading and writing with measured numbers. */
export async function sampleAnswer(request: StreamRequest, deps: SampleDeps): Promise<SampledAnswer> {
  let text = '';
  let pieces = 0;
  let firstPieceAt = 0;
  let reportedAt = 0;
  for await (const event of deps.backend.stream(request, deps.signal)) {
    switch (event.type) {
      case 'text': {
        text += event.text;
        pieces++;
        const now = performance.now();
        if (firstPieceAt === 0) firstPieceAt = now;
        const measured = deps.meter.feed(event.text);
        if (now - reportedAt < reportEveryMs) break;
        reportedAt = now;
        const seconds = (now - firstPieceAt) / 1000;
        deps.report({
          phase: 'writing',
          attempt: deps.attempt,
          attempts: deps.attempts,
          ...measured,
          ...(deps.expectedLines === undefined ? {} : { expectedLines: deps.expectedLines }),
          tokensPerSecond: seconds > 0.2 ? (pieces - 1) / seconds : 0,
        });
        deps.onText?.(text);
        break;
      }
      case 'finish':
        if (event.reason === 'cancelled') return { kind: 'cancelled', text };
        return { kind: 'answer', text, complete: event.reason !== 'length' };
      case 'error':
        return { kind: 'failed', problem: event.problem, text };
      default: {
        const progress = modelProgress(event, deps.backend.name);
        if (progress) deps.report(progress);
      }
    }
  }
  return { kind: 'cancelled', text };
}

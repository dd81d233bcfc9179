import type { ModelStatus } from '../protocol/models.ts';
import type { ModelEvent } from './backend.ts';

type State = ModelStatus['state'];

/** What a model's events mean for the status bar; null where they change nothing. */
export function stateOf(event: ModelEvent, ratePerSecond: number): State | null {
  switch (event.type) {
    case 'loading':
      return { state: 'loading', fraction: event.fraction };
    case 'queued':
      return { state: 'queued', ...(event.ahead === undefined ? {} : { ahead: event.ahead }) };
    case 'prefill':
      return { state: 'reading', fraction: event.total === 0 ? 1 : event.done / event.total };
    case 'prefillShare':
      return { state: 'reading', fraction: event.fraction };
    case 'text':
    case 'toolCallArguments':
    case 'reasoning':
      return { state: 'writing', tokensPerSecond: ratePerSecond };
    case 'finish':
      return { state: 'ready' };
    case 'error':
      return isLost(event.problem.code) ? { state: 'lost' } : { state: 'failed', problem: event.problem };
    default:
      return null;
  }
}

const lostCodes = new Set<string>(['serverUnreachable', 'serverBusy', 'streamCut']);
const isLost = (code: string) => lostCodes.has(code);

/** Sends a status at most once a second, the newest one last; a change of state goes out at once. */
export function throttleStatus(send: (status: ModelStatus) => void, intervalMs = 1000): (status: ModelStatus) => void {
  let sentAt = 0;
  let sentState = '';
  let waiting: ModelStatus | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    timer = undefined;
    if (!waiting) return;
    sentAt = Date.now();
    sentState = waiting.state.state;
    send(waiting);
    waiting = undefined;
  };
  return (status) => {
    waiting = status;
    const due = sentAt + intervalMs - Date.now();
    if (due <= 0 || status.state.state !== sentState) {
      clearTimeout(timer);
      flush();
    } else if (!timer) {
      timer = setTimeout(flush, due);
      timer.unref();
    }
  };
}

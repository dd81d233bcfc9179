import type { ModelEvent } from '../models/backend.ts';
import type { TurnProgress } from '../protocol/progress.ts';

/** What a model's event tells of where a turn is; null for one that says nothing of it. `name`: of the model. */
export function modelProgress(event: ModelEvent, name: string): TurnProgress | null {
  switch (event.type) {
    case 'queued': {
      const { type: _type, ...counts } = event;
      return { phase: 'queued', ...counts };
    }
    case 'stalled':
      return { phase: 'stalled', name, silentMs: event.silentMs };
    case 'notice':
      return { phase: 'notice', text: event.text };
    case 'loading':
      return { phase: 'loading', name: event.name, fraction: event.fraction };
    case 'prefill': {
      const { type: _type, ...counts } = event;
      return { phase: 'reading', ...counts };
    }
    case 'prefillShare':
      return { phase: 'readingShare', fraction: event.fraction };
    default:
      return null;
  }
}

import { batch, computed, type Signal, signal } from '@preact/signals';
import type { ContextChip, HostMessage, PanelModel, Turn } from '../protocol.ts';
import { recall, remember } from './hostApi.ts';

/** A turn that can change: its own signal, so that a piece of text draws one answer only. */
export type TurnSignal = Signal<Turn>;

export const sessionId = signal('');
export const turns = signal<readonly TurnSignal[]>([]);
export const context = signal<readonly ContextChip[]>([]);
export const model = signal<PanelModel>({ name: '', kind: 'none' });
export const language = signal('en');
/** Counts the requests to put the cursor into the composer. */
export const focusRequests = signal(0);
/** The turn that was entered with Enter: its links and buttons are in the tab order. */
export const enteredTurn = signal<string | undefined>(undefined);

const memory = recall();
export const draft = signal(memory.draft);
export const scrollTop = signal(memory.scrollTop);

export const busy = computed(() => turns.value.some((turn) => turn.value.state === 'running'));

/** Saves draft and scroll position, which are all that the panel keeps itself. */
export function save(): void {
  const top = scrollTop.value;
  remember(top === undefined ? { draft: draft.value } : { draft: draft.value, scrollTop: top });
}

/** Takes a message of the extension. */
export function apply(message: HostMessage): void {
  switch (message.type) {
    case 'state':
      batch(() => {
        sessionId.value = message.sessionId;
        turns.value = message.turns.map((turn) => signal(turn));
        context.value = message.context;
        model.value = message.model;
        language.value = message.language;
      });
      return;
    case 'turnStarted':
      turns.value = [...turns.value, signal(message.turn)];
      return;
    case 'text':
      change(message.turnId, ({ progress: _past, ...turn }) => ({ ...turn, answer: turn.answer + message.text }));
      return;
    case 'progress':
      change(message.turnId, (turn) =>
        message.progress.phase === 'notice'
          ? { ...turn, notice: message.progress.text }
          : { ...turn, progress: message.progress },
      );
      return;
    case 'turnEnded': {
      const { state, usage, problem } = message;
      change(message.turnId, (turn) => ({
        ...turn,
        state,
        ...(usage === undefined ? {} : { usage }),
        ...(problem === undefined ? {} : { problem }),
      }));
      return;
    }
    case 'context':
      context.value = message.context;
      return;
    case 'model':
      model.value = message.model;
      return;
    case 'focusComposer':
      focusRequests.value += 1;
      return;
  }
}

function change(id: string, next: (turn: Turn) => Turn): void {
  const turn = turns.value.find((candidate) => candidate.value.id === id);
  if (turn) turn.value = next(turn.value);
}

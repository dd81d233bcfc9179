import type { Message, MessageImage, ToolCall } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';

/** Stands for an answer of which nothing arrived, so that the conversation still alternates. */
const emptyAnswer = '(no answer)';
/** Stands for the result of a call that a stop or a crash left without one. */
const notRun = 'Not run: the turn was stopped.';

/**
 * The conversation as the model reads it, from the events of a session. Append-only: the messages of a log begin with those
 * of every shorter log of it, up to the last condensation. Pure.
 */
export function messagesOf(systemPrompt: string, events: readonly AgentEvent[]): Message[] {
  const messages: Message[] = [{ role: 'system', content: systemPrompt }];
  /** Calls of the last answer that have no result yet. */
  let open: ToolCall[] = [];
  /** Said to the model with the next thing that it reads. */
  let notes: string[] = [];
  /** What calls looked at: results are text alone, so that it follows them. */
  let looked: MessageImage[] = [];

  const showLooked = () => {
    if (looked.length === 0) return;
    messages.push({ role: 'user', content: `Shown: ${looked.map(({ label }) => label).join(', ')}`, images: looked });
    looked = [];
  };
  const closeCalls = () => {
    for (const call of open) messages.push({ role: 'tool', toolCallId: call.id, content: notRun });
    open = [];
    showLooked();
  };
  const say = (text: string, images: readonly MessageImage[] = []) => {
    closeCalls();
    const content = [...notes, text].join('\n\n');
    notes = [];
    messages.push({ role: 'user', content, ...(images.length > 0 ? { images } : {}) });
  };

  const pruned = new Set(events.flatMap((event) => (event.type === 'pruned' ? event.callIds : [])));
  for (const event of afterCondensation(events)) {
    switch (event.type) {
      case 'user':
      case 'steer':
        say(event.context ? `${event.context}\n\n${event.text}` : event.text, event.images);
        break;
      case 'hint':
        say(event.text);
        break;
      case 'answer': {
        closeCalls();
        const content = event.text === '' && event.calls.length === 0 ? emptyAnswer : event.text;
        messages.push({ role: 'assistant', content, ...(event.calls.length > 0 ? { toolCalls: event.calls } : {}) });
        open = [...event.calls];
        break;
      }
      case 'reviewed':
        notes.push(event.told);
        break;
      case 'note':
        notes.push(event.text);
        break;
      case 'callEnd': {
        if (!open.some(({ id }) => id === event.callId)) break;
        open = open.filter(({ id }) => id !== event.callId);
        const text = pruned.has(event.callId) ? prunedResult(event.text) : event.text;
        messages.push({ role: 'tool', toolCallId: event.callId, content: [...notes, text].join('\n\n') });
        notes = [];
        if (!pruned.has(event.callId)) looked.push(...(event.images ?? []));
        if (open.length === 0) showLooked();
        break;
      }
      default:
        break;
    }
  }
  closeCalls();
  return messages;
}

/** What went along with the messages that are in the prompt: a file that stands there as it is need not be sent again. */
export function contextsInPrompt(events: readonly AgentEvent[]): string[] {
  return afterCondensation(events).flatMap((event) =>
    event.type === 'user' || event.type === 'steer' ? (event.context ?? []) : [],
  );
}

/** The first message stays, a summary stands for what follows it, and then comes what was kept. */
function afterCondensation(events: readonly AgentEvent[]): AgentEvent[] {
  const at = events.findLastIndex(({ type }) => type === 'condensed');
  const condensed = events[at];
  if (condensed?.type !== 'condensed') return [...events];
  const first = events.find(({ type }) => type === 'user');
  return [
    ...(first ? [first] : []),
    { type: 'hint', text: condensed.summary },
    ...events.slice(condensed.upTo, at),
    ...events.slice(at + 1),
  ];
}

const prunedResult = (text: string) => `(${text.split('\n').length} lines, dropped to save room; call again if needed)`;

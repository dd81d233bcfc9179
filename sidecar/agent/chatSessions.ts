import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod/mini';
import type { Message } from '../models/backend.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { ChatContext, ChatResult, chatEvent, PastTurn } from '../protocol/chat.ts';
import type { Documents } from '../workspace/documents.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import { runChatTurn } from './chatTurn.ts';
import { type ChatFile, chatSystemPrompt, emptyAnswer } from './prompts/chat.ts';

type ChatEvent = z.infer<typeof chatEvent.params>['event'];

interface Deps {
  documents: Pick<Documents, 'read'>;
  models(): ModelManager;
  roots(): readonly string[];
}

interface Turn {
  sessionId: string;
  turnId: string;
  prompt: string;
  context: readonly ChatContext[];
  earlier: readonly PastTurn[];
}

/** Conversations that are remembered at a time. */
const keptSessions = 64;

/** The conversations of this process: each keeps its messages, append-only, so that a turn extends the last prompt. */
export function createChatSessions(deps: Deps): {
  send(turn: Turn, signal: AbortSignal, onEvent: (event: ChatEvent) => void): Promise<ChatResult>;
} {
  const histories = new Map<string, Message[]>();

  async function send(turn: Turn, signal: AbortSignal, onEvent: (event: ChatEvent) => void): Promise<ChatResult> {
    const prepared = await deps.models().prepare((progress) => onEvent({ type: 'progress', progress }), signal);
    if (prepared.kind === 'failed') return { kind: 'failed', text: '', problem: prepared.problem };
    if (prepared.kind === 'cancelled') return { kind: 'cancelled', text: '' };
    const history = histories.get(turn.sessionId) ?? rememberedTurns(turn.earlier);
    // The newest last; the panel says again what an older one held.
    histories.delete(turn.sessionId);
    histories.set(turn.sessionId, history);
    const [oldest] = histories.keys();
    if (histories.size > keptSessions && oldest !== undefined) histories.delete(oldest);
    const context = await readContext(turn.context, deps, signal);
    return runChatTurn({ prompt: turn.prompt, context, history, backend: prepared.backend, signal, onEvent });
  }
  return { send };
}

/** A conversation that an earlier process held, from what the panel still shows: without the files that went along. */
function rememberedTurns(earlier: readonly PastTurn[]): Message[] {
  if (earlier.length === 0) return [];
  return [
    { role: 'system', content: chatSystemPrompt },
    ...earlier.flatMap(({ prompt, answer }): Message[] => [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer === '' ? emptyAnswer : answer },
    ]),
  ];
}

/** Texts of the context, as they stand in the editor. What cannot be read is left out: the chip showed it to the person. */
async function readContext(context: readonly ChatContext[], deps: Deps, signal: AbortSignal): Promise<ChatFile[]> {
  const files: ChatFile[] = [];
  for (const { uri, range } of context) {
    const read = await deps.documents.read(uri, signal);
    if (read.kind === 'failed') continue;
    const place = await resolveInside([...deps.roots()], fileURLToPath(uri));
    const path =
      place.kind === 'inside' ? relative(place.root, place.path).replaceAll('\\', '/') : (uri.split('/').at(-1) ?? uri);
    files.push({ path, languageId: read.languageId ?? '', text: read.file.text, ...(range ? { range } : {}) });
  }
  return files;
}

import type { Token } from 'node-llama-cpp';
import { problem } from '../../../protocol/problems.ts';
import type { CompleteRequest, ModelEvent, StreamRequest, ToolCall } from '../../backend.ts';
import type { AnswerPiece, Segment } from '../../formats/chatFormat.ts';
import { type DecodeResult, decode } from './decode.ts';
import type { LoadedModel } from './loadedModel.ts';
import { type PrefillResult, prefill } from './prefill.ts';
import { sharedTokens, worthKeeping } from './stateFiles.ts';

/** What a turn took, to keep the measured rates by. */
export interface TurnCost {
  read: PrefillResult;
  written: DecodeResult;
}

/** One answer to a conversation. Ends with one `finish` or `error`; `keep` is told of an answer that was written. */
export async function* answerChat(
  loaded: LoadedModel,
  request: StreamRequest,
  signal: AbortSignal,
  keep: (cost: TurnCost) => void,
): AsyncGenerator<ModelEvent> {
  const { table, format, states } = loaded;
  const prompt = table.encode(format.render(request.messages, request.tools));
  if (prompt.length >= loaded.sequence.contextSize) return yield contextFull(loaded, prompt.length);
  await states.restore(loaded.sequence, prompt);
  // Writing the prompt twice more is only worth it where there is something to keep.
  const constant = prompt.length > worthKeeping ? constantPrefix(loaded, request) : 0;
  const pause = states.wantsPrefix(prompt.slice(0, constant))
    ? { at: constant, run: () => states.savePrefix(loaded.sequence) }
    : undefined;
  const parser = format.parser(request.tools);
  const said = { text: '', calls: [] as ToolCall[], controls: [] as string[] };
  const draft = request.draft ? table.encode([{ text: request.draft }]) : [];
  const { sampling, readOnly } = request;
  const how = { sampling, draft, endsAnswer: format.endsAnswer, pause, readOnly };
  yield* readAndWrite(loaded, prompt, how, signal, {
    piece(piece) {
      if ('control' in piece) said.controls.push(piece.control);
      const events = parser.push(piece);
      for (const event of events) note(said, event);
      return events;
    },
    end(cost) {
      const rest = parser.end();
      for (const event of rest.events) note(said, event);
      const answer = format.answer(said.text, said.calls);
      // A call that was found in plain text stands in later prompts as it should have been written.
      if (sameControls(answer, said.controls)) table.remember(answer, cost.written.tokens);
      keep(cost);
      return rest;
    },
  });
}

/** The text between two texts, by the control tokens that the model learnt for it. Text only. */
export async function* answerMiddle(
  loaded: LoadedModel,
  { prefix, suffix, sampling }: CompleteRequest,
  signal: AbortSignal,
  keep: (cost: TurnCost) => void,
): AsyncGenerator<ModelEvent> {
  const prompt = loaded.table.encodeMiddle(prefix, suffix);
  if (prompt === null) return yield { type: 'error', problem: problem('noCompletion', { model: loaded.name }) };
  if (prompt.length >= loaded.sequence.contextSize) return yield contextFull(loaded, prompt.length);
  yield* readAndWrite(loaded, prompt, { sampling, draft: [], endsAnswer: () => true }, signal, {
    piece: (piece) => ('text' in piece ? [{ type: 'text', text: piece.text }] : []),
    end(cost) {
      keep(cost);
      return { events: [], toolCalls: false };
    },
  });
}

/** Makes events of what is written. */
interface Reader {
  piece(piece: AnswerPiece): ModelEvent[];
  end(cost: TurnCost): { events: ModelEvent[]; toolCalls: boolean };
}

type Writing = Pick<Parameters<typeof decode>[4], 'sampling' | 'draft' | 'endsAnswer'> & {
  pause?: { at: number; run(): Promise<void> } | undefined;
  readOnly?: true | undefined;
};

async function* readAndWrite(
  loaded: LoadedModel,
  prompt: readonly Token[],
  { sampling, draft, endsAnswer, pause, readOnly }: Writing,
  signal: AbortSignal,
  reader: Reader,
): AsyncGenerator<ModelEvent> {
  const { model, sequence, table, watch } = loaded;
  const last = prompt.at(-1);
  if (last === undefined) throw new Error('an empty prompt');
  const read = yield* prefill(sequence, prompt, loaded.pace, signal, {
    note: (ms) => watch?.note('prefill', ms),
    ...(pause ? { pause } : {}),
  });
  if (read.cancelled) return yield { type: 'finish', reason: 'cancelled' };
  if (readOnly) return yield { type: 'finish', reason: 'stop' };
  const pieces = decode(model, sequence, table, last, {
    sampling,
    draft,
    readRate: loaded.rates?.prefill ?? null,
    endsAnswer,
    signal,
    note: (kind, ms) => watch?.note(kind, ms),
  });
  let written: DecodeResult | undefined;
  for await (const piece of pieces) {
    if ('ended' in piece) {
      written = piece.ended;
      break;
    }
    yield* reader.piece(piece);
  }
  if (!written) return;
  const { reason, ms } = written;
  if (reason === 'noise') {
    return yield { type: 'error', problem: problem('outputIsNoise', { n: written.tokens.length }) };
  }
  const rest = reader.end({ read, written });
  yield* rest.events;
  yield {
    type: 'usage',
    promptTokens: prompt.length,
    reusedTokens: read.reused,
    outputTokens: written.tokens.length,
    tokensPerSecond: ms > 0 ? (written.tokens.length * 1000) / ms : 0,
    ...(draft.length > 0 ? { draftedTokens: written.drafted, acceptedTokens: written.accepted } : {}),
  };
  yield { type: 'finish', reason: reason === 'stop' && rest.toolCalls ? 'toolCalls' : reason };
}

const contextFull = ({ sequence }: LoadedModel, used: number): ModelEvent => ({
  type: 'error',
  problem: problem('contextFull', { used, ctx: sequence.contextSize }),
});

/** Tokens at the front of the prompt that do not depend on what is asked: the system messages and the tools. */
function constantPrefix({ table, format }: LoadedModel, { messages, tools }: StreamRequest): number {
  const system = messages.slice(
    0,
    messages.findIndex(({ role }) => role !== 'system'),
  );
  const of = (content: string) => table.encode(format.render([...system, { role: 'user', content }], tools));
  return sharedTokens(of('a'), of('1'));
}

/** Keeps what an answer holds, as the agent will pass it back. */
function note(said: { text: string; calls: ToolCall[] }, event: ModelEvent): ModelEvent {
  if (event.type === 'text') said.text += event.text;
  if (event.type === 'toolCallBegin') said.calls[event.index] = { id: event.id, name: event.name, arguments: '' };
  const call = event.type === 'toolCallArguments' ? said.calls[event.index] : undefined;
  if (call && event.type === 'toolCallArguments') call.arguments += event.text;
  return event;
}

/** Thinking is not passed back, and stays in the KV cache where it was written. */
function sameControls(written: readonly Segment[], sampled: readonly string[]): boolean {
  const names = written.flatMap((segment) => ('control' in segment ? [segment.control] : []));
  const spoken = sampled.filter((name) => name !== '[THINK]' && name !== '[/THINK]');
  return names.length === spoken.length && names.every((name, i) => name === spoken[i]);
}

import type { Message, ModelEvent, Tool, ToolCall } from '../backend.ts';

/**
 * A piece of a prompt. Text from people, files and tools is always `text`, which is never tokenised as control tokens,
 * whatever it reads like. Segments are tokenised one by one, so that a longer conversation starts with the same tokens.
 */
export type Segment = { control: string } | { text: string };

/** A piece of an answer: what a control token is called, or text. */
export type AnswerPiece = { control: string } | { text: string };

/** Turns the pieces of one answer into events: text and tool calls. */
export interface AnswerParser {
  push(piece: AnswerPiece): ModelEvent[];
  /** What was held back; then whether the answer holds tool calls. */
  end(): { events: ModelEvent[]; toolCalls: boolean };
}

/** How conversations are written for one family of models. Pure. */
export interface ChatFormat {
  name: string;
  render(messages: readonly Message[], tools: readonly Tool[]): Segment[];
  /** An answer as it stands in a later prompt, without its end; empty if it has no one place there. */
  answer(content: string, toolCalls: readonly ToolCall[]): Segment[];
  parser(tools: readonly Tool[]): AnswerParser;
  /** Whether a token that the file marks as an end of generation is one here. */
  endsAnswer(control: string): boolean;
}

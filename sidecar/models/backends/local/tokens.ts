import type { LlamaModel, Token } from 'node-llama-cpp';
import type { Segment } from '../../formats/chatFormat.ts';
import { fimTokens } from '../../formats/mistral/render.ts';

/** Tokens of one loaded model. */
export interface TokenTable {
  encode(segments: readonly Segment[]): Token[];
  /** The prompt for the text between two texts; null if the vocabulary has no control tokens for it. */
  encodeMiddle(prefix: string, suffix: string): Token[] | null;
  /** The text of a control token (or one that the vocabulary sets apart), or undefined for an ordinary token. */
  control(token: Token): string | undefined;
  /**
   * Remembers how an answer was sampled: what stands in later prompts can have other tokens when it is tokenised anew, and
   * all behind it would be read again.
   */
  remember(answer: readonly Segment[], tokens: readonly Token[]): void;
}

/** More than the turns that fit into most contexts. */
const rememberedAnswers = 256;

/** @param encodeOwn our own tokenizer, where llama.cpp's is not exact. */
export function createTokenTable(model: LlamaModel, encodeOwn?: (text: string) => number[]): TokenTable {
  const controls = new Map<Token, string>();
  const setApart: string[] = [];
  for (const token of model.iterateAllTokens()) {
    const attributes = model.getTokenAttributes(token);
    if (!attributes.control && !attributes.userDefined) continue;
    const text = model.detokenize([token], true);
    controls.set(token, text);
    // llama.cpp finds these in any text, control tokens only where it is told to.
    if (attributes.userDefined && text.length > 1) setApart.push(text);
  }
  const sampled = new Map<string, { answer: readonly Segment[]; tokens: readonly Token[] }>();

  /** Text as text: a marker that llama.cpp would recognise is cut after its first character. */
  function encodeText(text: string): Token[] {
    if (encodeOwn) return encodeOwn(text) as Token[];
    const cuts = setApart.flatMap((marker) => indexesOf(text, marker)).map((at) => at + 1);
    if (cuts.length === 0) return model.tokenize(text, false);
    const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), text.length];
    return edges.slice(1).flatMap((edge, i) => model.tokenize(text.slice(edges[i], edge), false));
  }

  /** The longest remembered answer that stands at a place of a prompt. */
  function answerAt(segments: readonly Segment[], at: number) {
    let longest: { answer: readonly Segment[]; tokens: readonly Token[] } | undefined;
    for (const known of sampled.values()) {
      if (known.answer.length <= (longest?.answer.length ?? 0)) continue;
      if (known.answer.every((segment, i) => sameSegment(segment, segments[at + i]))) longest = known;
    }
    return longest;
  }

  return {
    encode(segments) {
      const tokens: Token[] = [];
      for (let i = 0; i < segments.length; ) {
        const segment = segments[i] as Segment;
        const known = answerAt(segments, i);
        const piece =
          known?.tokens ?? ('control' in segment ? model.tokenize(segment.control, true) : encodeText(segment.text));
        for (const token of piece) tokens.push(token);
        i += known?.answer.length ?? 1;
      }
      return tokens;
    },
    encodeMiddle(prefix, suffix) {
      const ids = new Map([...controls].map(([token, name]) => [name, token]));
      if (encodeOwn && ids.has('[SUFFIX]') && ids.has('[PREFIX]')) {
        return fimTokens(prefix, suffix, { encode: encodeOwn, control: (name) => ids.get(name) }) as Token[];
      }
      // Qwen's order (Qwen2.5-Coder, "fill in the middle").
      const [before, after, middle] = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'].map((name) =>
        ids.get(name),
      );
      if (before === undefined || after === undefined || middle === undefined) return null;
      return [before, ...encodeText(prefix), after, ...encodeText(suffix), middle];
    },
    control: (token) => controls.get(token),
    remember(answer, tokens) {
      if (answer.length === 0) return;
      const key = JSON.stringify(answer);
      sampled.delete(key);
      sampled.set(key, { answer, tokens });
      for (const oldest of sampled.keys()) {
        if (sampled.size <= rememberedAnswers) break;
        sampled.delete(oldest);
      }
    },
  };
}

function sameSegment(a: Segment, b: Segment | undefined): boolean {
  if (b === undefined) return false;
  return 'control' in a ? 'control' in b && a.control === b.control : 'text' in b && a.text === b.text;
}

function indexesOf(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

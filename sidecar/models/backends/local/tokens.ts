import type { LlamaModel, Token } from 'node-llama-cpp';
import type { Segment } from '../../formats/chatFormat.ts';

/** Tokens of one loaded model. */
export interface TokenTable {
  encode(segments: readonly Segment[]): Token[];
  /** The text of a control token (or one that the vocabulary sets apart), or undefined for an ordinary token. */
  control(token: Token): string | undefined;
  /** Remembers how an answer was sampled: its text can have other tokens when tokenised anew, and the prefix ends there. */
  remember(text: string, tokens: readonly Token[]): void;
}

const rememberedAnswers = 16;

export function createTokenTable(model: LlamaModel): TokenTable {
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
  const sampled = new Map<string, readonly Token[]>();

  /** Text as text: a marker that llama.cpp would recognise is cut after its first character. */
  function encodeText(text: string): Token[] {
    const cuts = setApart.flatMap((marker) => indexesOf(text, marker)).map((at) => at + 1);
    if (cuts.length === 0) return model.tokenize(text, false);
    const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), text.length];
    return edges.slice(1).flatMap((edge, i) => model.tokenize(text.slice(edges[i], edge), false));
  }

  return {
    encode(segments) {
      const tokens: Token[] = [];
      for (const segment of segments) {
        const piece =
          'control' in segment
            ? model.tokenize(segment.control, true)
            : (sampled.get(segment.text) ?? encodeText(segment.text));
        for (const token of piece) tokens.push(token);
      }
      return tokens;
    },
    control: (token) => controls.get(token),
    remember(text, tokens) {
      if (text === '') return;
      sampled.delete(text);
      sampled.set(text, tokens);
      for (const oldest of sampled.keys()) {
        if (sampled.size <= rememberedAnswers) break;
        sampled.delete(oldest);
      }
    },
  };
}

function indexesOf(text: string, part: string): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) found.push(at);
  return found;
}

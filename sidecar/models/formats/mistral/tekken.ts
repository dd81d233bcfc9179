/**
 * Mistral's Tekken tokenizer, exact to the token (tiktoken's way: split by a pattern, then merge bytes by rank).
 * llama.cpp's own differs for combining marks and for changes of case outside ASCII: it replaces \p{Lu} by [^a-z] and drops
 * \p{M}, so the model would read text other than the one it was trained on.
 */
export interface Tekken {
  /** Ids of plain text; a control token's name in it is text. */
  encode(text: string): number[];
  /** The id of a control token, such as `[INST]`; undefined where the vocabulary has none. */
  control(name: string): number | undefined;
  /** The name of a control token; undefined for an ordinary one. */
  controlName(id: number): string | undefined;
}

/**
 * The pattern of mistral-common's tekken files. `\s` is spelt `\p{White_Space}`: JavaScript's has U+FEFF and lacks U+0085.
 */
const pieces =
  /[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n/]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const cachedPieces = 20_000;
const longestCached = 64;
const encoder = new TextEncoder();

/** GPT-2's letters for bytes, as a GGUF's vocabulary spells them. */
const letterOfByte = Array.from({ length: 256 }, () => '');
let unprintable = 0;
for (let byte = 0; byte < 256; byte++) {
  const printable = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
  letterOfByte[byte] = String.fromCharCode(printable ? byte : 256 + unprintable++);
}

/** Whether a GGUF's vocabulary is Tekken's: its control tokens stand in front, at their places. */
export const isTekken = (tokens: readonly string[]): boolean =>
  tokens.length > 1000 && tokens[1] === '<s>' && tokens[3] === '[INST]' && tokens[9] === '[TOOL_CALLS]';

/**
 * @param tokens `tokenizer.ggml.tokens` of a GGUF, in order of their ids.
 * @param controls how many of them, at the front, are control tokens.
 */
export function createTekken(tokens: readonly string[], controls = 1000): Tekken {
  const idOf = new Map<string, number>();
  for (let id = controls; id < tokens.length; id++) idOf.set(tokens[id] ?? '', id);
  const controlIds = new Map<string, number>();
  for (let id = 0; id < controls; id++) controlIds.set(tokens[id] ?? '', id);
  const cache = new Map<string, readonly number[]>();

  function encodePiece(piece: string): readonly number[] {
    const known = cache.get(piece);
    if (known) return known;
    let letters = '';
    for (const byte of encoder.encode(piece)) letters += letterOfByte[byte] ?? '';
    const whole = idOf.get(letters);
    const ids = whole === undefined ? mergeBytes(letters, idOf) : [whole];
    if (piece.length <= longestCached) {
      if (cache.size >= cachedPieces) cache.clear();
      cache.set(piece, ids);
    }
    return ids;
  }

  return {
    encode(text) {
      const ids: number[] = [];
      for (const piece of text.toWellFormed().match(pieces) ?? []) {
        for (const id of encodePiece(piece)) ids.push(id);
      }
      return ids;
    },
    control: (name) => controlIds.get(name),
    controlName: (id) => (id < controls ? tokens[id] : undefined),
  };
}

/**
 * Joins neighbours, the pair of the lowest rank first, the leftmost of equals. A heap of pairs over a linked list: a piece
 * can be a whole minified file, where looking through all pairs at each step would take minutes.
 */
function mergeBytes(letters: string, idOf: ReadonlyMap<string, number>): number[] {
  const count = letters.length;
  const next = Int32Array.from({ length: count }, (_, i) => i + 1);
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  /** Where the part that begins at i ends; 0 once it was joined to the part before. */
  const end = Int32Array.from({ length: count }, (_, i) => i + 1);
  const heap = createPairHeap();

  function offer(left: number): void {
    const right = next[left] ?? count;
    if (left < 0 || right >= count) return;
    const to = end[right] ?? count;
    const rank = idOf.get(letters.slice(left, to));
    if (rank !== undefined) heap.push({ rank, left, to });
  }

  for (let i = 0; i + 1 < count; i++) offer(i);
  for (let pair = heap.pop(); pair; pair = heap.pop()) {
    const { left, to } = pair;
    const right = next[left] ?? count;
    // One of the two was joined to something else since.
    if (end[left] === 0 || right >= count || end[right] !== to) continue;
    const after = next[right] ?? count;
    end[left] = to;
    end[right] = 0;
    next[left] = after;
    if (after < count) previous[after] = left;
    offer(left);
    const before = previous[left] ?? -1;
    if (before >= 0) offer(before);
  }
  const ids: number[] = [];
  for (let i = 0; i < count; i = next[i] ?? count) {
    const id = idOf.get(letters.slice(i, end[i]));
    if (id !== undefined) ids.push(id);
  }
  return ids;
}

interface Pair {
  rank: number;
  left: number;
  /** End of the joined text; another one means that the pair is out of date. */
  to: number;
}

/** A binary heap, lowest rank and then leftmost first. */
function createPairHeap() {
  const items: Pair[] = [];
  const before = (a: Pair, b: Pair) => a.rank < b.rank || (a.rank === b.rank && a.left < b.left);

  function sink(item: Pair, from: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      const left = items[child];
      if (!left) break;
      const right = items[child + 1];
      const smaller = right && before(right, left) ? right : left;
      if (smaller === right) child++;
      if (!before(smaller, item)) break;
      items[at] = smaller;
      at = child;
    }
    items[at] = item;
  }

  return {
    push(item: Pair): void {
      let at = items.length;
      items.push(item);
      while (at > 0) {
        const parentAt = (at - 1) >> 1;
        const parent = items[parentAt];
        if (!parent || !before(item, parent)) break;
        items[at] = parent;
        at = parentAt;
      }
      items[at] = item;
    },
    pop(): Pair | undefined {
      const top = items[0];
      const last = items.pop();
      if (last && items.length > 0) sink(last, 0);
      return top;
    },
  };
}

import type { Token } from 'node-llama-cpp';

/** Guesses the next tokens of an answer that repeats much of a known text. Pure: knows tokens only. */
export interface DraftSource {
  /** Takes the next token of the answer. */
  note(token: Token): void;
  /** What probably comes next, at most `most` tokens; empty when unsure, so that prose costs nothing. */
  propose(most: number): Token[];
}

/** After a run this long a strange token is taken for a small change, not for the end of the copy. */
const sureAfter = 4;
/** A changed place leaves out at most this many tokens of the draft before it is searched for anew. */
const leftOut = 8;
/** Two tokens are enough to find the place again this near behind where it was lost; elsewhere it takes three. */
const near = 48;

/** A draft source for a text's tokens, as the model would write them. */
export function createDraftSource(draft: readonly Token[]): DraftSource {
  const pairs = indexOf(draft, 2);
  const triples = indexOf(draft, 3);
  let tail: Token[] = [];
  /** Place in the draft of the token that should come next; null when lost. */
  let at: number | null = null;
  /** Tokens in step since the place was found or guessed. */
  let run = 0;
  /** Where the place was lost: the answer usually goes on from there. */
  let lostAt = 0;

  /** The next place behind `lostAt`, else the last one before it. */
  function nearest(places: readonly number[] | undefined): number | null {
    return places?.find((place) => place >= lostAt) ?? places?.at(-1) ?? null;
  }

  function find(): number | null {
    const place = nearest(triples.get(tail.join()));
    if (place !== null) return place;
    const pair = pairs.get(tail.slice(-2).join())?.find((each) => each >= lostAt && each <= lostAt + near);
    if (pair !== undefined) return pair;
    return tail.at(-1) === draft[0] ? 1 : null;
  }

  function afterStrange(token: Token, expected: number): number | null {
    const wasSure = run >= sureAfter;
    run = 0;
    lostAt = expected;
    if (!wasSure) return find();
    // Something left out: the token is the one that comes after it. Otherwise one token stands for another.
    const later = draft.slice(expected + 1, expected + 1 + leftOut).indexOf(token);
    return expected + (later === -1 ? 1 : later + 2);
  }

  return {
    note(token) {
      tail = [...tail, token].slice(-3);
      if (at === null) at = find();
      else if (draft[at] === token) {
        at++;
        run++;
      } else at = afterStrange(token, at);
      if (at === null || at < draft.length) return;
      // The whole draft is written; a later part of the answer may repeat any of it.
      lostAt = 0;
      at = null;
      run = 0;
    },
    propose: (most) => (at === null ? [] : draft.slice(at, at + Math.max(0, most))),
  };
}

/** The places behind each run of `size` tokens, in order. */
function indexOf(draft: readonly Token[], size: number): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (let end = size; end < draft.length; end++) {
    const key = draft.slice(end - size, end).join();
    const known = places.get(key);
    if (known) known.push(end);
    else places.set(key, [end]);
  }
  return places;
}

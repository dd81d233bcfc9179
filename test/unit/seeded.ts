/** Random numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A tenth of some cases, the same ones for the same seed, in their order. The benchmarks take all of them. */
export function tenth<T>(cases: readonly T[], seed: number): T[] {
  const random = seeded(seed);
  const drawn = new Set<number>();
  while (drawn.size < Math.ceil(cases.length / 10)) drawn.add(Math.floor(random() * cases.length));
  return cases.filter((_, index) => drawn.has(index));
}

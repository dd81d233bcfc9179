/** Five numbers of a sample, in the unit of its values. */
export interface Summary {
  mean: number;
  median: number;
  /** Of the population: divided by n, as numpy's default. */
  std: number;
  p95: number;
  p99: number;
  max: number;
}

/**
 * The percentile `p` (0 to 100) of ascending values, interpolated linearly between the two that lie around the place
 * p/100 · (n − 1): Hyndman and Fan's type 7, numpy's default. NaN for no values.
 */
export function percentile(ascending: ArrayLike<number>, p: number): number {
  const place = (p / 100) * (ascending.length - 1);
  const below = ascending[Math.floor(place)] ?? Number.NaN;
  const above = ascending[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Null for no values. */
export function summarise(values: readonly number[]): Summary | null {
  if (values.length === 0) return null;
  const ascending = Float64Array.from(values).sort();
  const mean = sum(values) / values.length;
  const variance = sum(values.map((value) => (value - mean) ** 2)) / values.length;
  return {
    mean,
    median: percentile(ascending, 50),
    std: Math.sqrt(variance),
    p95: percentile(ascending, 95),
    p99: percentile(ascending, 99),
    max: ascending[ascending.length - 1] ?? mean,
  };
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

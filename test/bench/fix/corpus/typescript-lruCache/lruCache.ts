/** A cache of bounded size that forgets the entry which was not used for the longest time. */
export class LruCache<K, V> {
  /** A Map iterates in the order of insertion, so its first key is the least recently used one. */
  private readonly entries = new Map<K, V>();
  private readonly capacity: number;
  private hits = 0;
  private misses = 0;

  constructor(capacity: number) {
    if (capacity < 1) throw new RangeError('capacity must be at least 1');
    this.capacity = capacity;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The value for a key, or undefined. Reading counts as a use. */
  get(key: K): V | undefined {
    if (!this.entries.has(key)) {
      this.misses += 1;
      return undefined;
    }
    this.hits += 1;
    const value = this.entries.get(key) as V;
    this.entries.set(key, value);
    return value;
  }

  /** Store a value as the most recently used one, forgetting the oldest entry if there is no room. */
  set(key: K, value: V): void {
    this.entries.delete(key);
    if (this.entries.size >= this.capacity) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    this.entries.set(key, value);
  }

  /** Share of the reads that found a value, 0 to 1. */
  hitRate(): number {
    const reads = this.hits + this.misses;
    return reads === 0 ? 0 : this.hits / reads;
  }
}

import { t } from '../../protocol/translate.ts';
import type { ByteSource } from './byteSource.ts';

/** Why a header cannot be read. */
export type GgufFault =
  /** It does not begin with `GGUF`. */
  | { kind: 'notGguf'; reason: string }
  /** It contradicts itself, the format, or what this version knows. */
  | { kind: 'bad'; reason: string }
  /** It goes on behind the end; `want` is the least size in bytes of the whole, if known. */
  | { kind: 'truncated'; reason: string; want: number | null }
  /** The disk or the server failed. */
  | { kind: 'unreadable'; reason: string };

/** Carries a fault out of the reading functions; never leaves this folder. */
export class GgufFaultSignal extends Error {
  readonly fault: GgufFault;
  constructor(fault: GgufFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

export const bad = (reason: string) => new GgufFaultSignal({ kind: 'bad', reason });
export const truncated = (want: number | null) =>
  new GgufFaultSignal({ kind: 'truncated', reason: t('it ends too early'), want });

/** More than any real header: larger ones would be read for minutes. */
export const largestHeader = 256 << 20;

/**
 * Reads values one after the other from a window of the source. The values are read without waiting as long as `has`
 * says so; with millions of strings, waiting for each would take most of the time.
 */
export interface Cursor {
  /** Of the next byte. */
  readonly position: number;
  /** Bytes until the end of the source. */
  left(): number;
  has(length: number): boolean;
  /** Loads what is missing of the next `length` bytes. */
  need(length: number): Promise<void>;
  skip(length: number): void;
  u8(): number;
  i8(): number;
  u16(): number;
  i16(): number;
  u32(): number;
  i32(): number;
  f32(): number;
  f64(): number;
  /** Rounded beyond 2^53: limits are checked on what comes out. */
  u64(): number;
  i64(): number;
  bytes(length: number): Uint8Array;
}

export function createCursor(source: ByteSource, start = 0): Cursor {
  let windowStart = start;
  let window: Uint8Array = new Uint8Array(0);
  let view = new DataView(window.buffer);
  let at = 0;

  async function load(length: number): Promise<void> {
    const position = windowStart + at;
    if (position + length > source.size) throw truncated(position + length);
    if (position + length > start + largestHeader) throw bad(t('its header is larger than 256 MB'));
    const kept = at < window.length ? window.subarray(at) : new Uint8Array(0);
    const next = await source.read(position + kept.length, Math.max(length - kept.length, source.step));
    if (kept.length + next.length < length) throw truncated(position + length);
    const joined = new Uint8Array(kept.length + next.length);
    joined.set(kept);
    joined.set(next, kept.length);
    windowStart = position;
    window = joined;
    view = new DataView(joined.buffer);
    at = 0;
  }

  const take = (length: number) => {
    at += length;
    return at - length;
  };
  return {
    get position() {
      return windowStart + at;
    },
    left: () => source.size - windowStart - at,
    has: (length) => at + length <= window.length,
    need: async (length) => {
      if (at + length > window.length) await load(length);
    },
    skip(length) {
      at += length;
    },
    u8: () => view.getUint8(take(1)),
    i8: () => view.getInt8(take(1)),
    u16: () => view.getUint16(take(2), true),
    i16: () => view.getInt16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    i32: () => view.getInt32(take(4), true),
    f32: () => view.getFloat32(take(4), true),
    f64: () => view.getFloat64(take(8), true),
    u64: () => {
      const low = view.getUint32(take(4), true);
      return view.getUint32(take(4), true) * 2 ** 32 + low;
    },
    i64: () => {
      const low = view.getUint32(take(4), true);
      return view.getInt32(take(4), true) * 2 ** 32 + low;
    },
    bytes: (length) => window.subarray(take(length), at),
  };
}

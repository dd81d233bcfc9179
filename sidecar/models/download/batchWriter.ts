import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Bytes that go out together: with an eighth of it the calls cost a fifth more of the processor, with more there is no gain. */
const batchBytes = 2 ** 19;
/** Batches that may wait for the disk before the network has to. */
const mostBatches = 16;
/** On a slow connection nothing waits longer for a batch to fill. */
const longestMs = 50;
/** A write that takes longer has met a slow disk: from then on nobody waits for it. (Busy cores alone make it 10 or 20.) */
const quickWriteMs = 100;

interface Batch {
  bytes: Buffer;
  filled: number;
  written: number;
}

/** Takes bytes in where they will be written from, so that nothing is copied or allocated for a chunk. */
export interface ByteSink {
  /** Where the next bytes go; never empty. */
  room(): Buffer;
  /** So many bytes were put there. False: stop reading until `onRoom` is called. */
  filled(count: number): boolean;
  onRoom: () => void;
  /** A write failed; nothing more is wanted. */
  onFail: (error: unknown) => void;
}

/**
 * Writes what is put into its batches to a file from `start` on, always without a gap. As long as the system takes the
 * bytes at once they are written in place (handing each batch to another thread costs more than writing it, a third of
 * the throughput on two cores); after the first slow write they go out beside while more arrives.
 */
export function createBatchWriter(handle: FileHandle, start: number): ByteSink & { end(): Promise<void> } {
  let position = start;
  const batches: Batch[] = [newBatch()];
  const spare: Batch[] = [];
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let failure: { error: unknown } | null = null;
  let isQuick = true;
  let isFull = false;
  let partlyFilledToo = false;

  function newest(): Batch {
    const last = batches.at(-1);
    if (last && last.filled < batchBytes) return last;
    const next = spare.pop() ?? newBatch();
    batches.push(next);
    return next;
  }

  /** The batch to write next, if one is full or has waited. */
  function due(): Batch | null {
    const first = batches[0];
    if (!first || first.filled === first.written) return null;
    if (first.filled < batchBytes && !partlyFilledToo) return null;
    partlyFilledToo = false;
    return first;
  }

  // A disk that is nearly full takes a part; the next write says why.
  function wrote(batch: Batch, bytes: number): void {
    position += bytes;
    batch.written += bytes;
    if (batch.written < batchBytes) return;
    batches.shift();
    spare.push({ ...batch, filled: 0, written: 0 });
    if (!isFull) return;
    isFull = false;
    sink.onRoom();
  }

  function writeNow(): void {
    for (let batch = due(); batch && isQuick; batch = due()) {
      const started = performance.now();
      const { bytes, filled, written } = batch;
      wrote(batch, writeSync(handle.fd, bytes, written, filled - written, position));
      isQuick = performance.now() - started < quickWriteMs;
    }
  }

  async function writeBeside(): Promise<void> {
    for (let batch = due(); batch; batch = due()) {
      const { bytes, filled, written } = batch;
      const { bytesWritten } = await handle.write(bytes, written, filled - written, position);
      wrote(batch, bytesWritten);
    }
  }

  function fail(error: unknown): void {
    failure = { error };
    sink.onFail(error);
  }

  const isUnwritten = () => batches.some(({ filled, written }) => filled > written);

  function flushLater(): void {
    if (isUnwritten()) timer ??= setTimeout(flushAll, longestMs);
  }

  function flush(): void {
    if (failure || running) return;
    if (isQuick) {
      try {
        writeNow();
      } catch (error) {
        fail(error);
      }
      return;
    }
    running = writeBeside()
      .catch(fail)
      .finally(() => {
        running = null;
        flushLater();
      });
  }

  function flushAll(): void {
    timer = undefined;
    partlyFilledToo = true;
    flush();
  }

  const sink = {
    onRoom: () => {},
    onFail: (_error: unknown) => {},
    room() {
      const { bytes, filled } = newest();
      return bytes.subarray(filled);
    },
    filled(count: number) {
      const batch = newest();
      batch.filled += count;
      if (batch.filled === batchBytes) flush();
      flushLater();
      isFull = batches.length > mostBatches;
      return !isFull;
    },
    /** All is written, or the first failure is thrown. */
    async end() {
      await running;
      while (!failure && isUnwritten()) {
        flushAll();
        await running;
      }
      clearTimeout(timer);
      if (failure) throw failure.error;
    },
  };
  return sink;
}

const newBatch = (): Batch => ({ bytes: Buffer.allocUnsafeSlow(batchBytes), filled: 0, written: 0 });

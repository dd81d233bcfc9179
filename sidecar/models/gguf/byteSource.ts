import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that can be read in pieces: a file here, or one behind a URL. */
export interface ByteSource {
  /** Of the whole, in bytes. */
  readonly size: number;
  /** Bytes to ask for at a time: the price of a request differs. */
  readonly step: number;
  /** Fewer bytes than asked for only at the end. Rejects when reading fails. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file; rejects if that is not possible. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file: FileHandle = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    step: 1 << 20,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

export function memorySource(bytes: Uint8Array, step = 1 << 16): ByteSource {
  return {
    size: bytes.length,
    step,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

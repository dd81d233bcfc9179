import { openFileSource } from './byteSource.ts';
import { readGgufHeader } from './header.ts';
import { readTokenizer } from './tokenizerArrays.ts';

export type VocabularyRead = { kind: 'ok'; tokens: readonly string[] } | { kind: 'bad'; reason: string };

/** The tokens of a GGUF on disk, in the order of their ids. */
export async function readVocabulary(path: string): Promise<VocabularyRead> {
  let source: Awaited<ReturnType<typeof openFileSource>>;
  try {
    source = await openFileSource(path);
  } catch {
    return { kind: 'bad', reason: 'the file cannot be opened' };
  }
  try {
    const header = await readGgufHeader(source);
    if (header.kind !== 'ok') return { kind: 'bad', reason: 'it is not a whole GGUF' };
    const read = await readTokenizer(source, header.header);
    if (read.kind !== 'ok') return { kind: 'bad', reason: 'its vocabulary cannot be read' };
    return { kind: 'ok', tokens: read.arrays.tokens };
  } finally {
    await source.close();
  }
}

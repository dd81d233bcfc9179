import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readGgufFileInfo } from 'node-llama-cpp';
import { createTekken, type Tekken } from '../../sidecar/models/formats/mistral/tekken.ts';

const folder = join('test', 'fixtures', 'mistral');

export const fixtureLines = (name: string): string[] =>
  gunzipSync(readFileSync(join(folder, `${name}.jsonl.gz`)))
    .toString('utf8')
    .trim()
    .split('\n');

let vocabulary: Promise<string[]> | undefined;

/** Tekken's real vocabulary, from the metadata of a GGUF. Its control tokens are those of v13; the others have a part of them. */
export function tekkenVocabulary(): Promise<string[]> {
  vocabulary ??= read();
  return vocabulary;
}

async function read(): Promise<string[]> {
  const temporary = mkdtempSync(join(tmpdir(), 'devstral-tekken-'));
  try {
    const path = join(temporary, 'tekken.gguf');
    writeFileSync(path, gunzipSync(readFileSync(join(folder, 'tekken-v13.gguf.gz'))));
    const { metadata } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false });
    return [...(metadata.tokenizer.ggml.tokens as string[])];
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

export const tekken = async (): Promise<Tekken> => createTekken(await tekkenVocabulary());

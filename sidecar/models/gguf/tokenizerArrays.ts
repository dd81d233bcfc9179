import { t } from '../../protocol/translate.ts';
import type { ByteSource } from './byteSource.ts';
import type { ArrayValue, MetaValue } from './container.ts';
import { bad, createCursor, type GgufFault, GgufFaultSignal, truncated } from './cursor.ts';
import type { GgufHeader } from './header.ts';

/** The vocabulary as it stands in the file: the texts of byte-level BPE are in GPT-2's alphabet. */
export interface TokenizerArrays {
  tokens: string[];
  /** llama.h, `llama_vocab` types: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. Empty if not said. */
  types: Int32Array;
  /** `left right`, by rank. Empty if there are none. */
  merges: string[];
}

export type TokenizerRead = { kind: 'ok'; arrays: TokenizerArrays } | GgufFault;

const mostTokens = 4 << 20;
const longestArray = 128 << 20;

/** Reads the vocabulary, some megabytes that the header's reader skips. Does not throw. */
export async function readTokenizer(source: ByteSource, header: GgufHeader): Promise<TokenizerRead> {
  const { metadata } = header;
  try {
    const tokens = await readStrings(source, array(metadata, 'tokenizer.ggml.tokens'));
    const types = await readIntegers(source, array(metadata, 'tokenizer.ggml.token_type'));
    const merges = await readStrings(source, array(metadata, 'tokenizer.ggml.merges'));
    if (tokens.length === 0) throw bad(t('it has no vocabulary'));
    if (types.length > 0 && types.length !== tokens.length) {
      throw bad(t('it has {tokens} tokens and {types} token types', { tokens: tokens.length, types: types.length }));
    }
    return { kind: 'ok', arrays: { tokens, types, merges } };
  } catch (error) {
    if (error instanceof GgufFaultSignal) return error.fault;
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}

function array(metadata: ReadonlyMap<string, MetaValue>, key: string): ArrayValue | null {
  const value = metadata.get(key);
  if (!value) return null;
  if (value.type !== 'array') throw bad(t('{key} is not an array', { key }));
  if (value.count > mostTokens) throw bad(t('{key} claims to have {count} elements', { key, count: value.count }));
  return value;
}

async function readStrings(source: ByteSource, value: ArrayValue | null): Promise<string[]> {
  if (!value) return [];
  if (value.of !== 'string') throw bad(t('a part of the vocabulary is not an array of strings'));
  const cursor = createCursor(source, value.offset);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const strings: string[] = [];
  for (let i = 0; i < value.count; i++) {
    if (!cursor.has(8)) await cursor.need(8);
    const length = cursor.u64();
    if (cursor.position + length > value.offset + longestArray) throw bad(t('a part of the vocabulary is too large'));
    if (!cursor.has(length)) await cursor.need(length);
    const bytes = cursor.bytes(length);
    strings.push(shortAscii(bytes) ?? decoder.decode(bytes));
  }
  return strings;
}

/** Most tokens are a few letters, for which a call of the decoder costs more than the work. */
function shortAscii(bytes: Uint8Array): string | null {
  if (bytes.length > 24) return null;
  let text = '';
  for (const byte of bytes) {
    if (byte > 0x7f) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

async function readIntegers(source: ByteSource, value: ArrayValue | null): Promise<Int32Array> {
  if (!value) return new Int32Array(0);
  // u32 or i32: converters differ.
  if (value.elementType !== 4 && value.elementType !== 5) throw bad(t('the token types are not integers'));
  const length = value.count * 4;
  const bytes = await source.read(value.offset, length);
  if (bytes.length < length) throw truncated(value.offset + length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  return Int32Array.from({ length: value.count }, (_, i) => view.getInt32(i * 4, true));
}

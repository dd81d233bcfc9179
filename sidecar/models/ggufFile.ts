import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import { sizeText } from './sizeText.ts';

/** What the header of a model file says. Sizes in bytes. */
export interface GgufFacts {
  architecture: string;
  size: number;
  mtimeMs: number;
  /** Tokens of context it was trained with; 0 if it does not say. */
  trainedContext: number;
  /** Memory for the attention state of one token, at 16 bits. */
  stateBytesPerToken: number;
  chatTemplate: string;
}

export type GgufCheck = { kind: 'ok'; facts: GgufFacts } | { kind: 'bad'; problem: ProblemReport };

/**
 * Reads a GGUF header and checks that the file is all there: the engine itself says no more than "Failed to load model".
 * The weights are not read; damage inside them only shows in a checksum.
 */
export async function checkGgufFile(path: string): Promise<GgufCheck> {
  const file = basename(path);
  const bad = (report: ProblemReport): GgufCheck => ({ kind: 'bad', problem: report });
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return bad(problem('modelFileGone', { file }));
  const have = sizeText(found.size);
  const { readGgufFileInfo } = await import('node-llama-cpp');
  let info: Awaited<ReturnType<typeof readGgufFileInfo>>;
  try {
    info = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false, spliceSplitFiles: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The class is not exported.
    if (error instanceof Error && error.constructor.name === 'InvalidGgufMagicError') {
      return bad(problem('modelFileUnknown', { file, arch: 'not a GGUF file' }, reason));
    }
    if (error instanceof Error && 'code' in error) return bad(problem('modelFileGone', { file }, reason));
    return bad(problem('modelFileIncomplete', { file, have, want: 'a larger file' }, reason));
  }
  // The reader gives zeros behind the end of the file, so a header that is cut off looks whole.
  const headerEnd = Number(info.infoEndOffset ?? 0);
  const tensors = info.tensorInfo ?? [];
  if (headerEnd > found.size || tensors.some((tensor) => tensor.name === '' || tensor.dimensions.length === 0)) {
    return bad(problem('modelFileIncomplete', { file, have, want: `a header of ${sizeText(headerEnd)} and more` }));
  }
  const end = tensors.reduce((most, tensor) => Math.max(most, Number(tensor.fileOffset) + tensorBytes(tensor)), 0);
  if (end > found.size) return bad(problem('modelFileIncomplete', { file, have, want: sizeText(end) }));
  const facts = info.architectureMetadata;
  const heads = Number(facts.attention?.head_count ?? 1);
  const headLength = Number(facts.embedding_length ?? 0) / heads;
  const { key_length: keys = headLength, value_length: values = headLength } = facts.attention ?? {};
  const layers = Number(facts.block_count ?? 0);
  const kvHeads = facts.attention?.head_count_kv ?? heads;
  const allKvHeads = Array.isArray(kvHeads) ? kvHeads.reduce((sum, n) => sum + Number(n), 0) : Number(kvHeads) * layers;
  return {
    kind: 'ok',
    facts: {
      architecture: String(info.metadata.general?.architecture ?? ''),
      size: found.size,
      mtimeMs: found.mtimeMs,
      trainedContext: Number(facts.context_length ?? 0),
      stateBytesPerToken: allKvHeads * (Number(keys) + Number(values)) * 2,
      chatTemplate: String(info.metadata.tokenizer?.chat_template ?? ''),
    },
  };
}

/** Values and bytes of a block, by ggml's type number. */
const blocks: Record<number, readonly [values: number, bytes: number]> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  20: [32, 18],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  29: [256, 56],
  30: [1, 2],
  34: [256, 54],
  35: [256, 66],
  39: [32, 17],
};

/** Bytes of a tensor; at least one for a type that is newer than this table. */
function tensorBytes(tensor: { dimensions: readonly (number | bigint)[]; ggmlType: number }): number {
  const [values, bytes] = blocks[tensor.ggmlType] ?? [Number.POSITIVE_INFINITY, 1];
  const count = tensor.dimensions.reduce<number>((product, size) => product * Number(size), 1);
  return Math.max(1, Math.floor(count / values) * bytes);
}

import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import { t } from '../protocol/translate.ts';
import { partNames } from './catalog/ggufNames.ts';
import { openFileSource } from './gguf/byteSource.ts';
import { type GgufHeader, type GgufRead, readGgufHeader } from './gguf/header.ts';
import { joinParts } from './gguf/joinParts.ts';
import { sizeText } from './sizeText.ts';

/** What the header of a model file says. Sizes in bytes, of all parts together if the model is split. */
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

/** `header` has the tensors of all parts. */
export type GgufCheck = { kind: 'ok'; facts: GgufFacts; header: GgufHeader } | { kind: 'bad'; problem: ProblemReport };

/**
 * Reads a GGUF header and checks that the file is all there: the engine itself says no more than "Failed to load model".
 * The weights are not read; damage inside them only shows in a checksum. Of a split model it takes the first part.
 */
export async function checkGgufFile(path: string): Promise<GgufCheck> {
  const first = await checkPart(path);
  if (first.kind === 'bad') return first;
  const { header } = first;
  let { size } = first;
  // By name and by header: a part that was renamed cannot be completed.
  const others = header.split ? partNames(basename(path)).slice(1) : [];
  const rest: GgufHeader[] = [];
  for (const other of others) {
    const part = await checkPart(join(dirname(path), other));
    if (part.kind === 'bad') return part;
    size += part.size;
    rest.push(part.header);
  }
  const { architecture, trainedContext, chatTemplate } = header;
  const stateBytesPerToken = stateBytes(header);
  return {
    kind: 'ok',
    header: joinParts(header, rest),
    facts: { architecture, size, mtimeMs: first.mtimeMs, trainedContext, stateBytesPerToken, chatTemplate },
  };
}

type PartCheck =
  | { kind: 'ok'; header: GgufHeader; size: number; mtimeMs: number }
  | { kind: 'bad'; problem: ProblemReport };

async function checkPart(path: string): Promise<PartCheck> {
  const file = basename(path);
  const bad = (report: ProblemReport): PartCheck => ({ kind: 'bad', problem: report });
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) return bad(problem('modelFileGone', { file }));
  const have = sizeText(found.size);
  const read = await readFileHeader(path);
  switch (read.kind) {
    case 'ok': {
      const { header } = read;
      if (header.end > found.size)
        return bad(problem('modelFileIncomplete', { file, have, want: sizeText(header.end) }));
      return { kind: 'ok', header, size: found.size, mtimeMs: found.mtimeMs };
    }
    case 'truncated': {
      const want = read.want ? t('{size} and more', { size: sizeText(read.want) }) : t('a larger file');
      return bad(problem('modelFileIncomplete', { file, have, want }, read.reason));
    }
    case 'notGguf':
    case 'bad':
      return bad(problem('modelFileUnknown', { file, arch: read.reason }));
    case 'unreadable':
      return bad(problem('modelFileGone', { file }, read.reason));
  }
}

/** Reads the header of a file here; does not throw. */
export async function readFileHeader(path: string): Promise<GgufRead> {
  try {
    const source = await openFileSource(path);
    try {
      return await readGgufHeader(source);
    } finally {
      await source.close();
    }
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Keys and values of one token in all layers, at 16 bits. */
function stateBytes({ kvHeads, keyLength, valueLength }: GgufHeader): number {
  return kvHeads.reduce((sum, heads) => sum + heads, 0) * (keyLength + valueLength) * 2;
}

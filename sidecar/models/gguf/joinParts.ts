import type { GgufHeader } from './header.ts';

/**
 * One header for a split model: the first part's, with the tensors of all. Offsets count as if the parts stood one after the
 * other in one file.
 */
export function joinParts(first: GgufHeader, others: readonly GgufHeader[]): GgufHeader {
  const tensors = [...first.tensors];
  let { fileSize, end } = first;
  for (const part of others) {
    const start = fileSize;
    tensors.push(...part.tensors.map((tensor) => ({ ...tensor, offset: tensor.offset + start })));
    end = start + part.end;
    fileSize += part.fileSize;
  }
  return { ...first, tensors, fileSize, end };
}

/** The files of a split model are named `name-00001-of-00003.gguf`. */
const pattern = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;

export interface SplitName {
  base: string;
  /** From 1. */
  part: number;
  count: number;
}

/** Null for the name of a model in one file. */
export function parseSplitName(file: string): SplitName | null {
  const [, base, part, count] = pattern.exec(file) ?? [];
  if (base === undefined || Number(part) < 1 || Number(part) > Number(count)) return null;
  return { base, part: Number(part), count: Number(count) };
}

/** Names of all parts, the first of which is what the engine is given. */
export function splitFiles({ base, count }: SplitName): string[] {
  const digits = (n: number) => String(n).padStart(5, '0');
  return Array.from({ length: count }, (_, i) => `${base}-${digits(i + 1)}-of-${digits(count)}.gguf`);
}

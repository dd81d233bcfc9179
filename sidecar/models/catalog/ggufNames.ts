/** What names of GGUF files say: quantisation, parts of a split file, files that are no language model. Pure. */

export interface NamedFile {
  /** Path inside its repository or folder, with `/`. */
  path: string;
  /** Bytes. */
  size: number;
}

/** A model as its publisher put it up: one file, or all parts of a split one in their order. */
export interface ModelFiles<T extends NamedFile> {
  /** `Q4_K_M`, `UD-Q4_K_XL`, …; empty if the name does not say. */
  quantisation: string;
  /** Bytes of all parts. */
  size: number;
  files: [T, ...T[]];
}

// Publishers write it with any separator, or none: "devstralQ4_K_M.gguf", "…-instruct-q4_k_m.gguf".
const quantisations = /(?:UD-)?(?:I?Q\d_(?:K_(?:XXL|XL|[SML])|K|XXS|XS|NL|[SM]|\d)|TQ\d_0|MXFP4|BF16|F16|F32)/gi;
const part = /-(\d{5})-of-(\d{5})\.gguf$/i;

/** The quantisation in a file's name, in capitals; the last one, since a folder may be named for it too. */
export function quantisationOf(path: string): string {
  const found = path.match(quantisations)?.at(-1) ?? '';
  return found.toUpperCase();
}

/** 1-based number of a part and how many there are (llama.cpp's `gguf-split`); null for a file that is not split. */
export function partOf(path: string): { number: number; count: number } | null {
  const found = part.exec(path);
  const [number, count] = [Number(found?.[1]), Number(found?.[2])];
  return found && number >= 1 && number <= count ? { number, count } : null;
}

/** The names of all parts of the file that a part belongs to. */
export function partNames(path: string): string[] {
  const found = partOf(path);
  if (!found) return [path];
  const stem = path.replace(part, '');
  const five = (n: number) => String(n).padStart(5, '0');
  return Array.from({ length: found.count }, (_, i) => `${stem}-${five(i + 1)}-of-${five(found.count)}.gguf`);
}

/** Whether a name is a language model's: not an image encoder, an importance matrix or an adapter. */
export const isModelName = (path: string): boolean =>
  /\.gguf$/i.test(path) && !/mmproj|imatrix|lora[-_.]/i.test(path.split('/').at(-1) ?? '');

/** Puts the parts of split files together; a split file of which a part is missing is left out. */
export function groupModelFiles<T extends NamedFile>(files: readonly T[]): ModelFiles<T>[] {
  const models = files.filter(({ path }) => isModelName(path));
  const byPath = new Map(models.map((file) => [file.path, file]));
  return models.flatMap((file) => {
    if ((partOf(file.path)?.number ?? 1) !== 1) return [];
    const parts = partNames(file.path).map((path) => byPath.get(path));
    const [first, ...others] = parts.filter((each) => each !== undefined);
    if (!first || others.length + 1 !== parts.length) return [];
    const size = others.reduce((sum, each) => sum + each.size, first.size);
    return [{ quantisation: quantisationOf(file.path), size, files: [first, ...others] }];
  });
}

export interface Wanted {
  /** File or quantisation that the person named. */
  named?: string;
  /** Recognises the model in "org/repo/file". */
  pattern?: RegExp;
  /** Quantisations, best first. */
  preferred: readonly string[];
}

/** The model that is wanted of those a repository has; null if the one that was named is not there, or none is. */
export function chooseModelFiles<T extends NamedFile>(
  repo: string,
  files: readonly T[],
  { named, pattern, preferred }: Wanted,
): ModelFiles<T> | null {
  const models = groupModelFiles(files);
  if (named !== undefined) {
    const asked = named.toUpperCase();
    const isNamed = ({ path }: T) => path.toUpperCase() === asked || path.split('/').at(-1)?.toUpperCase() === asked;
    const byFile = models.find((model) => model.files.some(isNamed));
    return byFile ?? models.find((model) => model.quantisation === asked) ?? null;
  }
  const known = models.filter((model) => !pattern || pattern.test(`${repo}/${model.files[0].path}`));
  for (const quantisation of preferred) {
    const found = known.find((model) => model.quantisation === quantisation);
    if (found) return found;
  }
  // A repository with one model leaves no choice; among several none is guessed.
  return known.length === 1 ? (known[0] ?? null) : null;
}

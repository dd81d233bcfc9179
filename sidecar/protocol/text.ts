import * as z from 'zod/mini';

/** What a text was read from: an open buffer at a version, or a file on disk with a hash. */
export const Revision = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('buffer'), version: z.number(), sha256: z.string() }),
  z.object({ kind: z.literal('disk'), sha256: z.string() }),
  /** There is no such file yet. */
  z.object({ kind: z.literal('absent') }),
]);
export type Revision = z.infer<typeof Revision>;

/**
 * A file's text with all that is needed to write it back byte for byte.
 * `text` has no byte order mark and keeps its own line endings; `eol` is the ending that most lines have.
 * The hash in `revision` is over the text with `\n` endings, encoded as UTF-8, so that it is the same for a buffer and its file.
 */
export const FileText = z.object({
  text: z.string(),
  eol: z.enum(['\n', '\r\n']),
  mixedEol: z.boolean(),
  bom: z.boolean(),
  encoding: z.string(),
  revision: Revision,
});
export type FileText = z.infer<typeof FileText>;

/** A zero-based position as in the Language Server Protocol: UTF-16 code units. */
export const Position = z.object({ line: z.number(), character: z.number() });
export const Range = z.object({ start: Position, end: Position });
export type Range = z.infer<typeof Range>;

/** A problem that the editor's language servers report for a file. */
export const FileDiagnostic = z.object({
  range: Range,
  severity: z.enum(['error', 'warning', 'information', 'hint']),
  message: z.string(),
  source: z.optional(z.string()),
  code: z.optional(z.string()),
});
export type FileDiagnostic = z.infer<typeof FileDiagnostic>;

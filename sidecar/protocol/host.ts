import * as z from 'zod/mini';
import { Hunk } from './changes.ts';
import { request } from './message.ts';
import { FileDiagnostic, FileText, Position } from './text.ts';

/** Messages from the sidecar to the editor: each is one method of `Host`. */

/** Text of a file that the sidecar cannot decode itself (an encoding other than UTF-8), decoded as the editor would. */
export const hostReadText = request(
  'devstral/host/readText',
  z.object({ uri: z.string() }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('text'), file: FileText }),
    z.object({
      kind: z.literal('unreadable'),
      reason: z.enum(['missing', 'binary', 'encoding', 'other']),
      encoding: z.string(),
    }),
  ]),
);

/** Replaces whole texts in one undoable step. Text files only: creates and deletes go through `operation`. */
export const hostApplyEdit = request(
  'devstral/host/applyEdit',
  z.object({
    /** Of the journal: with it the whole can be taken back, also when the sidecar ends before it can answer. */
    applyId: z.string(),
    label: z.string(),
    files: z.array(
      z.object({
        uri: z.string(),
        operation: z.enum(['edit', 'create', 'delete']),
        /** Hash (as in `Revision`) of the text that must be there now; the edit is refused as a whole if one differs. */
        expectedSha256: z.nullable(z.string()),
        text: z.string(),
        /** The lines in which `text` differs from what is there now, so that nothing else needs to be touched. */
        hunks: z.array(Hunk),
        encoding: z.string(),
        bom: z.boolean(),
      }),
    ),
  }),
  z.discriminatedUnion('kind', [
    /** The texts as they stand after the editor's own save participants. */
    z.object({ kind: z.literal('applied'), files: z.array(z.object({ uri: z.string(), text: z.string() })) }),
    /** Nothing was changed. */
    z.object({ kind: z.literal('refused'), reason: z.enum(['stale', 'refused']), uri: z.string() }),
  ]),
);

/** Problems that `candidate` has and `base` has not, by the editor's language servers; `null` where none answers. */
export const hostNewDiagnostics = request(
  'devstral/host/newDiagnostics',
  z.object({ uri: z.string(), languageId: z.string(), base: z.string(), candidate: z.string() }),
  z.object({ added: z.nullable(z.array(FileDiagnostic)) }),
);

/** The problems that the editor's language servers have for a file on disk; without a uri, for all that they know of. */
export const hostDiagnostics = request(
  'devstral/host/diagnostics',
  z.object({ uri: z.nullable(z.string()) }),
  z.object({ files: z.array(z.object({ uri: z.string(), found: z.array(FileDiagnostic) })) }),
);

/** A place that a language server names; `depth` is how deep a symbol lies in those of its file. */
export const SymbolPlace = z.object({
  uri: z.string(),
  /** Where the name stands. */
  start: Position,
  /** The last line of what it names, from 0. */
  endLine: z.number(),
  name: z.optional(z.string()),
  /** "Function", "Class", as in the editor. */
  kind: z.optional(z.string()),
  depth: z.optional(z.number()),
});
export type SymbolPlace = z.infer<typeof SymbolPlace>;

/** What the editor's language servers know of names. */
export const hostSymbols = request(
  'devstral/host/symbols',
  z.discriminatedUnion('action', [
    z.object({ action: z.literal('file'), uri: z.string() }),
    z.object({ action: z.literal('workspace'), query: z.string() }),
    z.object({ action: z.enum(['definition', 'references']), uri: z.string(), at: Position }),
  ]),
  z.object({ places: z.array(SymbolPlace) }),
);

/** A key for an origin (scheme, host, port). The answer is redacted by the tracer and goes to no other origin. */
export const secretGet = request(
  'devstral/secret/get',
  z.object({ origin: z.string() }),
  z.object({ key: z.nullable(z.string()) }),
);

// The seeded bugs of the fix benchmark. The folder of a case is described in corpus/README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { FileDiagnostic } from '../../../sidecar/protocol/text.ts';

const CaseFile = z.strictObject({
  id: z.string(),
  language: z.enum(['python', 'typescript', 'go']),
  /** Name of the file with the seeded fault. */
  file: z.string(),
  difficulty: z.enum(['easy', 'medium', 'hard']),
  /** What was seeded: 'off by one', 'aliasing', … */
  kind: z.string(),
  /** The symptom as a person would state it; null for the cases that come without a hint. */
  instruction: z.nullable(z.string()),
  /** What an editor reports for the file; `line` is zero-based. */
  diagnostics: z.array(
    z.strictObject({
      line: z.number(),
      severity: z.enum(['error', 'warning', 'information', 'hint']),
      message: z.string(),
      source: z.string(),
    }),
  ),
});

export type FixLanguage = z.infer<typeof CaseFile>['language'];

export type FixCase = z.infer<typeof CaseFile> & {
  /** Where the case lies. */
  readonly folder: string;
  readonly buggyText: string;
  readonly referenceText: string;
};

const extensions: Record<FixLanguage, string> = { python: 'py', typescript: 'ts', go: 'go' };

/**
 * All cases, sorted by id. `root` is the root of the repository.
 * Throws if a case lacks a file or its description does not have the right shape.
 */
export function loadCorpus(root = process.cwd()): FixCase[] {
  const corpus = join(root, 'test', 'bench', 'fix', 'corpus');
  const names = readdirSync(corpus, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return names.map((entry) => loadCase(join(corpus, entry.name), entry.name)).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function loadCase(folder: string, name: string): FixCase {
  const description = CaseFile.parse(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')));
  if (description.id !== name) throw new Error(`${name}/case.json has the id ${description.id}`);
  return {
    ...description,
    folder,
    buggyText: readFileSync(join(folder, description.file), 'utf8'),
    referenceText: readFileSync(join(folder, 'reference', `fixed.${extensions[description.language]}`), 'utf8'),
  };
}

/** The case's diagnostics as the extension sends them; each spans its line without the indentation. */
export function editorDiagnostics(fixCase: FixCase): FileDiagnostic[] {
  const lines = fixCase.buggyText.split('\n');
  return fixCase.diagnostics.map(({ line, severity, message, source }) => {
    const text = lines[line] ?? '';
    return {
      range: {
        start: { line, character: text.length - text.trimStart().length },
        end: { line, character: text.length },
      },
      severity,
      message,
      source,
    };
  });
}

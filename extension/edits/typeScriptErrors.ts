import * as vscode from 'vscode';
import type { FileDiagnostic } from '../../sidecar/protocol/text.ts';

const languages = new Set(['typescript', 'typescriptreact', 'javascript', 'javascriptreact']);
const longestMs = 10_000;

interface ServerDiagnostic {
  message?: string;
  text?: string;
  category?: string;
  code?: number;
  start?: { line: number; offset: number };
  end?: { line: number; offset: number };
}

/**
 * Errors of two open documents, asked of the TypeScript server itself. For documents of a scheme that it does not know, the
 * TypeScript extension publishes syntax errors only, although the server has the types too: `typescript.tsserverRequest`
 * (an allow-list of read-only requests for other extensions) gives them. Null for other languages and where it is missing.
 */
export async function typeScriptErrors(
  languageId: string,
  base: vscode.Uri,
  candidate: vscode.Uri,
): Promise<{ base: FileDiagnostic[]; candidate: FileDiagnostic[] } | null> {
  if (!languages.has(languageId)) return null;
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), longestMs));
  const both = Promise.all([errorsOf(base), errorsOf(candidate)]);
  const answers = await Promise.race([both, late]).catch(() => null);
  const [ofBase, ofCandidate] = answers ?? [];
  return ofBase && ofCandidate ? { base: ofBase, candidate: ofCandidate } : null;
}

/** Errors of one open document, asked of the TypeScript server; null for other languages and where it does not answer. */
export async function typeScriptErrorsOf(languageId: string, file: vscode.Uri): Promise<FileDiagnostic[] | null> {
  if (!languages.has(languageId)) return null;
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), longestMs));
  return Promise.race([errorsOf(file), late]).catch(() => null);
}

async function errorsOf(file: vscode.Uri): Promise<FileDiagnostic[] | null> {
  const found: FileDiagnostic[] = [];
  for (const request of ['syntacticDiagnosticsSync', 'semanticDiagnosticsSync']) {
    const answer = await vscode.commands.executeCommand<{ type?: string; body?: ServerDiagnostic[] } | undefined>(
      'typescript.tsserverRequest',
      request,
      { file },
    );
    if (answer?.type !== 'response' || !answer.body) return null;
    const errors = answer.body.filter((each) => each.category === 'error');
    const counted = file.scheme === 'file' ? errors : errors.filter((each) => !isUnresolvable(each));
    found.push(...counted.map(toDiagnostic));
  }
  return found;
}

/** A text on no disk has no neighbours: an import of one is not found there, however right it is. */
function isUnresolvable({ code, text, message }: ServerDiagnostic): boolean {
  return code === 2307 && /'\.\.?\//.test(message ?? text ?? '');
}

function toDiagnostic({ message, text, code, start, end }: ServerDiagnostic): FileDiagnostic {
  const place = (at: ServerDiagnostic['start']) => ({ line: (at?.line ?? 1) - 1, character: (at?.offset ?? 1) - 1 });
  return {
    range: { start: place(start), end: place(end) },
    severity: 'error',
    message: message ?? text ?? '',
    source: 'ts',
    ...(code === undefined ? {} : { code: String(code) }),
  };
}

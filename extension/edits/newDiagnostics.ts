import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { hostNewDiagnostics } from '../../sidecar/protocol/host.ts';
import type { FileDiagnostic } from '../../sidecar/protocol/text.ts';
import { diagnosticsOf } from './fixTarget.ts';
import { typeScriptErrors } from './typeScriptErrors.ts';

type Params = z.infer<typeof hostNewDiagnostics.params>;

const scheme = 'devstral-check';
const longestMs = 1500;

/** Languages whose servers have never answered for a text that is on no disk: not waited for again. */
const silent = new Set<string>();
let checks = 0;

/**
 * Errors that a candidate has and the base has not. Both are opened, not shown, as documents of the same scheme, so that
 * what a server cannot know there (imports) shows on both sides and cancels out. Null where no server answers in time.
 */
export async function newDiagnostics(
  params: Params,
  token: vscode.CancellationToken,
): Promise<FileDiagnostic[] | null> {
  if (silent.has(params.languageId)) return null;
  const path = vscode.Uri.parse(params.uri).path;
  const check = ++checks;
  const base = vscode.Uri.from({ scheme, authority: `base${check}`, path });
  const candidate = vscode.Uri.from({ scheme, authority: `candidate${check}`, path });
  const texts = new Map([
    [base.toString(), params.base],
    [candidate.toString(), params.candidate],
  ]);
  const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
  });
  const published = listen([base, candidate]);
  try {
    for (const uri of [base, candidate]) {
      const document = await vscode.workspace.openTextDocument(uri);
      if (document.languageId !== params.languageId)
        await vscode.languages.setTextDocumentLanguage(document, params.languageId);
    }
    const direct = await typeScriptErrors(params.languageId, base, candidate);
    if (direct) return added(direct.base, direct.candidate);
    const answers = await published.wait(longestMs, token);
    if (token.isCancellationRequested) return null;
    if (answers === 0) silent.add(params.languageId);
    // Half an answer says nothing: the errors of the base may be the ones that are missing.
    return answers === 2 ? added(diagnosticsOf(base), diagnosticsOf(candidate)) : null;
  } finally {
    published.dispose();
    provider.dispose();
  }
}

/** Notices for which of the documents a language server has said something. */
function listen(uris: readonly vscode.Uri[]) {
  const wanted = new Set(uris.map(String));
  const answered = new Set<string>();
  let wake: () => void = () => undefined;
  const listener = vscode.languages.onDidChangeDiagnostics((event) => {
    for (const uri of event.uris) if (wanted.has(uri.toString())) answered.add(uri.toString());
    wake();
  });
  return {
    /** How many had an answer within the time. */
    async wait(ms: number, token: vscode.CancellationToken): Promise<number> {
      const until = Date.now() + ms;
      while (answered.size < wanted.size && Date.now() < until && !token.isCancellationRequested) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 100);
        });
      }
      // Servers send in parts (syntax first): what comes within a moment belongs to it.
      if (answered.size > 0) await new Promise((resolve) => setTimeout(resolve, 300));
      return answered.size;
    },
    dispose: () => listener.dispose(),
  };
}

/** Errors of `after` beyond those of `before`, told apart by code and message; lines may have moved. */
function added(before: readonly FileDiagnostic[], after: readonly FileDiagnostic[]): FileDiagnostic[] {
  const key = (found: FileDiagnostic) => `${found.code ?? ''} ${found.message}`;
  const known = new Map<string, number>();
  for (const found of before) known.set(key(found), (known.get(key(found)) ?? 0) + 1);
  return after.filter((found) => {
    if (found.severity !== 'error') return false;
    const left = known.get(key(found)) ?? 0;
    known.set(key(found), left - 1);
    return left <= 0;
  });
}

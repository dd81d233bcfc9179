import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { hostNewDiagnostics } from '../../sidecar/protocol/host.ts';
import type { FileDiagnostic } from '../../sidecar/protocol/text.ts';
import { diagnosticsOf } from './fixTarget.ts';

type Params = z.infer<typeof hostNewDiagnostics.params>;

const scheme = 'devstral-check';
const longestMs = 1500;

/** Languages whose servers have never answered for a text that is on no disk: not waited for again. */
const silent = new Set<string>();

/**
 * Errors that a candidate has and the base has not. Both are opened, not shown, as documents of the same scheme, so that
 * what a server cannot know there (imports) shows on both sides and cancels out. Null where no server answers in time.
 */
export async function newDiagnostics(
  params: Params,
  token: vscode.CancellationToken,
): Promise<FileDiagnostic[] | null> {
  if (silent.has(params.languageId)) return null;
  const texts = new Map<string, string>();
  const path = vscode.Uri.parse(params.uri).path;
  const make = (side: string, text: string) => {
    const uri = vscode.Uri.from({ scheme, authority: `${side}${Date.now()}`, path });
    texts.set(uri.toString(), text);
    return uri;
  };
  const base = make('base', params.base);
  const candidate = make('candidate', params.candidate);
  const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
  });
  const answered = new Set<string>();
  let wake: () => void = () => undefined;
  const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
    for (const uri of uris) if (texts.has(uri.toString())) answered.add(uri.toString());
    wake();
  });
  try {
    for (const uri of [base, candidate]) {
      const document = await vscode.workspace.openTextDocument(uri);
      if (document.languageId !== params.languageId)
        await vscode.languages.setTextDocumentLanguage(document, params.languageId);
    }
    const until = Date.now() + longestMs;
    while (answered.size < 2 && Date.now() < until && !token.isCancellationRequested) {
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 100);
      });
    }
    if (token.isCancellationRequested) return null;
    if (answered.size === 0) {
      silent.add(params.languageId);
      return null;
    }
    // Servers send in parts (syntax first): what comes within a moment belongs to it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return added(diagnosticsOf(base), diagnosticsOf(candidate));
  } finally {
    listener.dispose();
    provider.dispose();
  }
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

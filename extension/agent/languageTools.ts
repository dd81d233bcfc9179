import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { hostDiagnostics, hostSymbols, SymbolPlace } from '../../sidecar/protocol/host.ts';
import { diagnosticsOf } from '../edits/fixTarget.ts';
import { typeScriptErrorsOf } from '../edits/typeScriptErrors.ts';

type Problems = z.infer<typeof hostDiagnostics.result>['files'];
type Ask = z.infer<typeof hostSymbols.params>;

/** A server that is just starting answers with nothing at first. */
const longestMs = 5000;

/** The problems of one file, or all that are known. A file is opened for its server and not shown. */
export async function problems(uri: string | null, token: vscode.CancellationToken): Promise<Problems> {
  if (uri === null) {
    const known = vscode.languages.getDiagnostics().filter(([at]) => at.scheme === 'file');
    return known.map(([at]) => ({ uri: at.toString(), found: diagnosticsOf(at) }));
  }
  const document = await open(uri);
  if (!document) return [];
  const at = document.uri;
  // Its extension publishes for the files in tabs only.
  const direct = await typeScriptErrorsOf(document.languageId, at);
  if (direct) {
    const others = diagnosticsOf(at).filter(({ source, severity }) => source !== 'ts' || severity !== 'error');
    return [{ uri, found: [...direct, ...others] }];
  }
  if (diagnosticsOf(at).length === 0) await published(at, token);
  return [{ uri, found: diagnosticsOf(at) }];
}

/** What the language servers answer, in the order that they give. */
export async function symbols(ask: Ask, token: vscode.CancellationToken): Promise<SymbolPlace[]> {
  if (ask.action === 'workspace') {
    const found = await insist<vscode.SymbolInformation>(token, 'vscode.executeWorkspaceSymbolProvider', ask.query);
    return found.map(ofSymbol);
  }
  const document = await open(ask.uri);
  if (!document) return [];
  const { uri } = document;
  if (ask.action === 'file') {
    const command = 'vscode.executeDocumentSymbolProvider';
    const found = await insist<vscode.DocumentSymbol | vscode.SymbolInformation>(token, command, uri);
    return found.flatMap((one) => ('children' in one ? ofTree(uri, one, 0) : [ofSymbol(one)]));
  }
  const at = new vscode.Position(ask.at.line, ask.at.character);
  const isReferences = ask.action === 'references';
  const command = isReferences ? 'vscode.executeReferenceProvider' : 'vscode.executeDefinitionProvider';
  const found = await insist<vscode.Location | vscode.LocationLink>(token, command, uri, at);
  return found.map((one) =>
    'targetUri' in one
      ? placeOf(one.targetUri, one.targetSelectionRange ?? one.targetRange, one.targetRange)
      : placeOf(one.uri, one.range, one.range),
  );
}

/** Null: there is no such file, or no text. */
async function open(uri: string): Promise<vscode.TextDocument | null> {
  return vscode.workspace.openTextDocument(vscode.Uri.parse(uri)).then(
    (document) => document,
    () => null,
  );
}

/** Asks until there is an answer or the time is up. */
async function insist<T>(token: vscode.CancellationToken, command: string, ...args: unknown[]): Promise<T[]> {
  const until = Date.now() + longestMs;
  for (;;) {
    const found = await vscode.commands.executeCommand<T[] | undefined>(command, ...args);
    if (found?.length || Date.now() > until || token.isCancellationRequested) return found ?? [];
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Waits until a server has said something about a document, or has had time to. */
async function published(uri: vscode.Uri, token: vscode.CancellationToken): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      listener.dispose();
      cancel.dispose();
      resolve();
    };
    const timer = setTimeout(done, longestMs);
    const cancel = token.onCancellationRequested(done);
    const listener = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      if (uris.some((one) => one.toString() === uri.toString())) done();
    });
  });
}

function ofTree(
  uri: vscode.Uri,
  { name, kind, range, selectionRange, children }: vscode.DocumentSymbol,
  depth: number,
): SymbolPlace[] {
  const own = { ...placeOf(uri, selectionRange, range), name, kind: vscode.SymbolKind[kind], depth };
  return [own, ...inOrder(children).flatMap((child) => ofTree(uri, child, depth + 1))];
}

/** Servers sort by name or not at all. */
const inOrder = (found: readonly vscode.DocumentSymbol[]) =>
  [...found].sort((a, b) => a.range.start.compareTo(b.range.start));

const ofSymbol = ({ name, kind, location }: vscode.SymbolInformation): SymbolPlace => ({
  ...placeOf(location.uri, location.range, location.range),
  name,
  kind: vscode.SymbolKind[kind],
});

const placeOf = (uri: vscode.Uri, name: vscode.Range, whole: vscode.Range): SymbolPlace => ({
  uri: uri.toString(),
  start: { line: name.start.line, character: name.start.character },
  endLine: whole.end.line,
});

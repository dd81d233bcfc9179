import fuzzysort from 'fuzzysort';
import * as vscode from 'vscode';
import type { ProblemReport } from '../../../sidecar/protocol/problems.ts';
import { plural } from '../../../sidecar/protocol/translate.ts';
import type { Candidate } from '../../../webview/protocol.ts';
import { type ContextItem, fileItem, folderItem, symbolItem } from './contextItem.ts';
import { readIgnoreFiles, refusalOf } from './refusedFiles.ts';
import type { KnownPath } from './workspaceFiles.ts';

/** What became of an offer: null if the person left, or if it is gone by now. */
export type Made = ContextItem | ProblemReport | null;

/** Something that can be added. `item` makes it, or says why it cannot go along. */
export interface Offer {
  candidate: Candidate;
  item(): Made | Promise<Made>;
}

/** Offered at a time. */
export const mostOffers = 50;
const mostSymbols = 12;

/** What the words of the query mean: all of `fixed` that it names, then paths by likeness. Pure but for making uris. */
export function matchOffers(query: string, fixed: readonly Offer[], paths: readonly KnownPath[]): Offer[] {
  const wanted = query.trim().toLowerCase();
  const named = fixed.filter(
    ({ candidate: { kind, label } }) =>
      kind.startsWith(wanted) || (wanted !== '' && label.toLowerCase().includes(wanted)),
  );
  return [...named, ...bestPaths(wanted, paths).map(pathOffer)].slice(0, mostOffers);
}

/** The name counts more than where it lies: "par" is parser.py before src/parts/x.py. */
function bestPaths(wanted: string, paths: readonly KnownPath[]): KnownPath[] {
  if (wanted === '') return paths.slice(0, mostOffers);
  const found = fuzzysort.go(wanted, paths, {
    keys: [({ path }) => path.split('/').filter(Boolean).at(-1) ?? path, 'path'],
    limit: mostOffers,
    threshold: 0.2,
  });
  return found.map(({ obj }) => obj);
}

function pathOffer({ uri, path, files }: KnownPath): Offer {
  if (files === undefined) {
    const item = fileItem(uri, 'file');
    return { candidate: { id: item.chip.id, kind: 'file', label: path, detail: '' }, item: () => refusedOr(uri, item) };
  }
  const item = folderItem(uri);
  const detail = plural(files, { one: '{count} file', other: '{count} files' });
  return { candidate: { id: item.chip.id, kind: 'folder', label: path, detail }, item: () => refusedOr(uri, item) };
}

async function refusedOr(uri: vscode.Uri, item: ContextItem): Promise<ContextItem | ProblemReport> {
  return (await refusalOf(uri)) ?? item;
}

/** Symbols of the workspace, as its language servers know them. Empty once the query is no longer wanted. */
export async function symbolOffers(query: string, token: vscode.CancellationToken): Promise<Offer[]> {
  if (query.trim().length < 2) return [];
  const asked = vscode.commands.executeCommand<vscode.SymbolInformation[] | undefined>(
    'vscode.executeWorkspaceSymbolProvider',
    query.trim(),
  );
  const [found, isIgnored] = await Promise.all([asked, readIgnoreFiles(['.gitignore', '.devstralignore'])]);
  if (token.isCancellationRequested) return [];
  const inWorkspace = (found ?? []).filter(
    ({ location: { uri } }) => vscode.workspace.getWorkspaceFolder(uri) && !isIgnored(uri),
  );
  const best = fuzzysort.go(query.trim(), inWorkspace, { key: 'name', limit: mostSymbols, threshold: 0.3 });
  return best.map(({ obj: { name, location } }) => symbolOffer(name, location));
}

function symbolOffer(name: string, { uri, range }: vscode.Location): Offer {
  const path = vscode.workspace.asRelativePath(uri);
  const detail = `${path}:${range.start.line + 1}`;
  return {
    candidate: { id: symbolItem(name, uri, range).chip.id, kind: 'symbol', label: name, detail },
    item: async () => (await refusalOf(uri)) ?? symbolItem(name, uri, await wholeRange(name, uri, range)),
  };
}

/** Language servers often say only where the name stands; the file's own symbols say where it ends. */
async function wholeRange(name: string, uri: vscode.Uri, at: vscode.Range): Promise<vscode.Range> {
  const found = await vscode.commands.executeCommand<(vscode.DocumentSymbol | vscode.SymbolInformation)[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    uri,
  );
  const ranges = (found ?? []).flatMap(rangesOf).filter((one) => one.name === name && one.range.contains(at.start));
  return ranges.sort((a, b) => lines(a.range) - lines(b.range))[0]?.range ?? at;
}

const lines = ({ start, end }: vscode.Range) => end.line - start.line;

function rangesOf(symbol: vscode.DocumentSymbol | vscode.SymbolInformation): { name: string; range: vscode.Range }[] {
  if (!('children' in symbol)) return [{ name: symbol.name, range: symbol.location.range }];
  return [{ name: symbol.name, range: symbol.range }, ...symbol.children.flatMap(rangesOf)];
}

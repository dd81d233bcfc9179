import * as vscode from 'vscode';
import type { Candidate } from '../../../webview/protocol.ts';
import type { ContextItem } from './contextItem.ts';
import { type Made, matchOffers, mostOffers, type Offer, symbolOffers } from './findCandidates.ts';
import { fixedOffers } from './fixedOffers.ts';
import type { Terminals } from './terminals.ts';
import { createWorkspaceFiles } from './workspaceFiles.ts';

interface Deps {
  terminals: Terminals;
  editor(): vscode.TextEditor | undefined;
  /** Tokens of items as the model in use counts them; null where nothing can count now. */
  count(items: readonly ContextItem[], token: vscode.CancellationToken): Promise<readonly number[] | null>;
}

/** What typing @ finds. */
export interface ContextSearch extends vscode.Disposable {
  /**
   * Tells what it finds as it finds it, each time the whole list: files at once, symbols when the language servers have
   * answered, then tokens. The next query ends it.
   */
  find(query: string, tell: (candidates: Candidate[]) => void): Promise<void>;
  /** Makes what was offered; undefined if no query offered it. */
  take(id: string): Promise<Made | undefined>;
}

/** Offers whose tokens are counted: those that are seen. */
const mostCounted = 8;

export function createContextSearch({ terminals, editor, count }: Deps): ContextSearch {
  const files = createWorkspaceFiles();
  let offered = new Map<string, Offer>();
  let running: vscode.CancellationTokenSource | undefined;

  async function find(query: string, tell: (candidates: Candidate[]) => void): Promise<void> {
    running?.cancel();
    running?.dispose();
    const source = new vscode.CancellationTokenSource();
    running = source;
    const { token } = source;
    const tokens = new Map<string, number>();
    const show = (offers: readonly Offer[]) => {
      if (token.isCancellationRequested) return;
      offered = new Map(offers.map((offer) => [offer.candidate.id, offer]));
      tell(
        offers.map(({ candidate }) => {
          const counted = tokens.get(candidate.id);
          return counted === undefined ? candidate : { ...candidate, tokens: counted };
        }),
      );
    };

    const symbols = symbolOffers(query, token).catch(() => []);
    const matched = matchOffers(query, fixedOffers(query, { terminals, editor }), await files.all());
    show(matched);
    const found = await symbols;
    const all = withSymbols(matched, found);
    if (found.length > 0) show(all);
    if (token.isCancellationRequested) return;

    const seen = all.slice(0, mostCounted).filter(({ candidate: { kind } }) => kind === 'file' || kind === 'folder');
    const items = (await Promise.all(seen.map(async ({ item }) => item()))).flatMap((made) =>
      made && 'chip' in made ? [made] : [],
    );
    const counts = items.length > 0 ? await count(items, token) : null;
    if (counts === null) return;
    for (const [i, { chip }] of items.entries()) tokens.set(chip.id, counts[i] ?? 0);
    show(all);
  }

  return {
    find,
    take: async (id) => offered.get(id)?.item(),
    dispose() {
      running?.cancel();
      running?.dispose();
      files.dispose();
    },
  };
}

/** Symbols stand after the best few paths: a name that is typed is more often a file's. */
function withSymbols(matched: readonly Offer[], symbols: readonly Offer[]): Offer[] {
  const best = 5;
  return [...matched.slice(0, best), ...symbols, ...matched.slice(best)].slice(0, mostOffers);
}

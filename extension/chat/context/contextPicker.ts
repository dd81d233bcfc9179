import * as vscode from 'vscode';
import { compact, tokensText } from '../../../sidecar/protocol/numbers.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import type { Candidate } from '../../../webview/protocol.ts';
import type { ContextSearch } from './contextSearch.ts';

interface Item extends vscode.QuickPickItem {
  id: string;
}

const icons: Record<Candidate['kind'], string> = {
  file: 'file',
  folder: 'folder',
  symbol: 'symbol-method',
  problems: 'warning',
  selection: 'list-selection',
  terminal: 'terminal',
  diff: 'git-compare',
  url: 'globe',
};

/** The candidates as a quick pick, for who does not type @. Answers the id that was taken. */
export async function pickCandidate(search: ContextSearch, free: number | null): Promise<string | undefined> {
  const { language } = vscode.env;
  const pick = vscode.window.createQuickPick<Item>();
  const room = free === null ? '' : compact(free, language);
  pick.title = room ? t('Add Context, {room} tokens free', { room }) : t('Add Context');
  pick.placeholder = t('File, folder or symbol to send with the next message');
  pick.matchOnDescription = true;
  const fill = async (query: string) => {
    pick.busy = true;
    await search.find(query, (candidates) => {
      // The search has matched them; the pick's own filter would drop what is alike but not the same.
      pick.items = candidates.map((candidate) => ({ ...itemOf(candidate, language), alwaysShow: true }));
    });
    pick.busy = false;
  };
  pick.onDidChangeValue((value) => void fill(value));
  pick.show();
  const taken = new Promise<string | undefined>((resolve) => {
    pick.onDidAccept(() => resolve(pick.selectedItems[0]?.id));
    pick.onDidHide(() => resolve(undefined));
  });
  await fill('');
  const id = await taken;
  pick.dispose();
  return id;
}

function itemOf({ id, kind, label, detail, tokens }: Candidate, language: string): Item {
  const count = tokens === undefined ? '' : tokensText(tokens, language);
  return { id, label: `$(${icons[kind]}) ${label}`, description: [detail, count].filter(Boolean).join(', ') };
}

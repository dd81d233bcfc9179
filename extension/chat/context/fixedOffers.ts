import * as vscode from 'vscode';
import { t } from '../../../sidecar/protocol/translate.ts';
import { sidecarSettings } from '../../config.ts';
import { type ContextItem, selectionOf, textItem } from './contextItem.ts';
import type { Offer } from './findCandidates.ts';
import { diffItem } from './gitContext.ts';
import { problemsItem, problemsLabel } from './problemsContext.ts';
import { refusalOf } from './refusedFiles.ts';
import type { Terminals } from './terminals.ts';

interface Deps {
  terminals: Terminals;
  /** The editor that the person was in last. */
  editor(): vscode.TextEditor | undefined;
}

/** What can be added that is no file: only what is there now. */
export function fixedOffers(query: string, { terminals, editor }: Deps): Offer[] {
  const offers: Offer[] = [];
  const selected = editor();
  if (selected && !selected.selection.isEmpty) offers.push(selectionOffer(selected));
  const problems = problemsLabel();
  if (problems !== null) {
    offers.push(offer('problems', problems, '', problemsItem));
  }
  const command = terminals.lastCommand();
  if (command !== null) {
    offers.push(offer('terminal', t('Last command'), command, () => terminals.lastItem()));
  } else if (vscode.window.terminals.length > 0) {
    offers.push(offer('terminal', t('Terminal'), '', () => terminals.lastItem()));
  }
  offers.push(offer('diff', t('Working tree'), t('Changes not committed'), diffItem));
  const { agent, offline } = sidecarSettings();
  if (agent?.fetchUrl && !offline) offers.push(pageOffer(query.trim()));
  return offers;
}

function offer(kind: Offer['candidate']['kind'], label: string, detail: string, item: Offer['item']): Offer {
  return { candidate: { id: kind, kind, label, detail }, item };
}

function selectionOffer(editor: vscode.TextEditor): Offer {
  const item = selectionOf(editor);
  return {
    candidate: { id: item.chip.id, kind: 'selection', label: item.chip.label, detail: '' },
    item: async () => (item.context.kind === 'text' ? item : ((await refusalOf(editor.document.uri)) ?? item)),
  };
}

/** An address is read by the agent's own tool, which asks first. */
function pageOffer(query: string): Offer {
  const typed = /^https?:\/\/\S+$/i.test(query) ? query : undefined;
  const label = typed ?? t('Type an address');
  const candidate = { id: `url:${typed ?? ''}`, kind: 'url' as const, label, detail: '' };
  return { candidate: typed ? candidate : { ...candidate, detail: 'https://' }, item: () => pageItem(typed) };
}

async function pageItem(typed: string | undefined): Promise<ContextItem | null> {
  const address =
    typed ??
    (await vscode.window.showInputBox({
      title: t('Add Context'),
      placeHolder: 'https://',
      validateInput: (value) => (/^https?:\/\/\S+$/i.test(value.trim()) ? undefined : t('Type an address')),
    }));
  if (address === undefined) return null;
  const url = address.trim();
  const text = `The person refers to this page: ${url}\nRead it with fetch_url.`;
  return textItem('url', { id: url, label: url, path: url, text });
}

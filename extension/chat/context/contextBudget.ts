import * as vscode from 'vscode';
import type { Budget } from '../../../webview/protocol.ts';
import type { SidecarClient } from '../../sidecarClient.ts';
import { freeTokens, shownBudget } from './budgetParts.ts';
import type { ContextItem } from './contextItem.ts';
import type { ContextList } from './contextList.ts';

interface Deps {
  sidecar: Pick<SidecarClient, 'request' | 'running'>;
  list: Pick<ContextList, 'items' | 'counted'>;
  /** Empty while nothing was sent in the session. */
  sessionId(): string;
  onBudget(budget: Budget | null): void;
  /** The chips have other numbers. */
  onCounted(): void;
}

/** Follows what goes with the next message and what it takes of the context. */
export interface ContextBudget extends vscode.Disposable {
  /** The draft as it is; null: the panel shows no budget, and only the chips are counted. */
  watch(draft: string | null): void;
  /** Chips, session or model are others: counted anew after a pause. */
  stale(): void;
  /** Tokens of items that are not among the chips; null where no model is there to count. */
  count(items: readonly ContextItem[], token: vscode.CancellationToken): Promise<readonly number[] | null>;
  /** Tokens that are free, as last counted. */
  free(): number | null;
}

/** Milliseconds after the last change. */
const pause = 300;

export function createContextBudget({ sidecar, list, sessionId, onBudget, onCounted }: Deps): ContextBudget {
  let draft: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let running: vscode.CancellationTokenSource | undefined;
  let last: Budget | null = null;

  /** Never starts the sidecar: without it no model is loaded that could count. */
  async function ask(text: string, items: readonly ContextItem[], token: vscode.CancellationToken) {
    if (!sidecar.running()) return null;
    // An image is counted by its size.
    const context = items.map((item) => (item.context.kind === 'image' ? { ...item.context, data: '' } : item.context));
    const params = { sessionId: sessionId(), text, context };
    // What cannot be counted is not known; a session or a sidecar that went away says so elsewhere.
    const { budget } = await sidecar.request('sessionBudget', params, token).catch(() => ({ budget: null }));
    return token.isCancellationRequested ? null : budget;
  }

  async function update(): Promise<void> {
    running?.cancel();
    running?.dispose();
    const source = new vscode.CancellationTokenSource();
    running = source;
    const items = list.items();
    if (draft === null && items.length === 0) return;
    const counted = await ask(draft ?? '', items, source.token);
    if (source.token.isCancellationRequested) return;
    last = counted && shownBudget(counted);
    if (counted) list.counted(items, counted.context);
    if (counted && items.length > 0) onCounted();
    if (draft !== null) onBudget(last);
  }

  function stale(): void {
    clearTimeout(timer);
    timer = setTimeout(() => void update().catch(() => undefined), pause);
  }

  return {
    watch(next) {
      if (next === draft) return;
      draft = next;
      if (next === null) return onBudget(null);
      stale();
    },
    stale,
    count: async (items, token) => (await ask('', items, token))?.context ?? null,
    free: () => (last === null ? null : freeTokens(last)),
    dispose() {
      clearTimeout(timer);
      running?.cancel();
      running?.dispose();
    },
  };
}

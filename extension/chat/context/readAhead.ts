import * as vscode from 'vscode';
import type { SidecarClient } from '../../sidecarClient.ts';
import type { ContextItem } from './contextItem.ts';

interface Deps {
  sidecar: Pick<SidecarClient, 'request' | 'running'>;
  sessionId(): string;
  items(): readonly ContextItem[];
  onItems: vscode.Event<void>;
  log: Pick<vscode.LogOutputChannel, 'debug'>;
}

/** Lets a model on this computer read what goes along while the person still writes (`devstral.chat.readWhileTyping`). */
export interface ReadAhead extends vscode.Disposable {
  /** There is text in the composer and nothing runs, or no longer: then the reading ends at once. */
  writing(active: boolean): void;
}

/** Milliseconds after the last change: chips come one after the other. */
const pause = 300;

export function createReadAhead({ sidecar, sessionId, items, onItems, log }: Deps): ReadAhead {
  let active = false;
  let timer: NodeJS.Timeout | undefined;
  let reading: vscode.CancellationTokenSource | undefined;

  const isOn = () => vscode.workspace.getConfiguration('devstral.chat').get('readWhileTyping', true);

  function end(): void {
    clearTimeout(timer);
    reading?.cancel();
    reading?.dispose();
    reading = undefined;
  }

  function later(): void {
    end();
    // Without the sidecar no model is loaded that could read.
    if (active && isOn() && sidecar.running()) timer = setTimeout(() => void read(), pause);
  }

  async function read(): Promise<void> {
    const source = new vscode.CancellationTokenSource();
    reading = source;
    // A model that reads ahead is one on this computer, and those see no images.
    const context = items().flatMap((item) => (item.context.kind === 'image' ? [] : [item.context]));
    const params = { sessionId: sessionId(), context };
    await sidecar.request('sessionReadAhead', params, source.token).catch((error: unknown) => {
      if (!source.token.isCancellationRequested) log.debug(`reading ahead: ${String(error)}`);
    });
  }

  const changes = onItems(later);
  return {
    writing(now) {
      active = now;
      later();
    },
    dispose() {
      end();
      changes.dispose();
    },
  };
}

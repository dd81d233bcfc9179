import type { PanelMessage } from '../panelMessage.ts';
import type { HostMessage } from '../protocol.ts';
import { drawn } from './drawn.ts';

interface VsCodeApi {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: PanelMemory): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();

/** What the panel itself remembers while it is hidden. `fromEnd`: pixels from the top edge to the end; missing while it follows the end. */
export interface PanelMemory {
  draft: string;
  fromEnd?: number;
}

/** Says something to the extension. */
export function post(message: PanelMessage): void {
  vscode.postMessage(message);
}

/**
 * Calls back with each message of the extension, in order; what is not one is dropped. Their schemas are a third of the
 * script's time at the start, so they are made after the page has been drawn once.
 */
export function listen(onMessage: (message: HostMessage) => void): void {
  const schemas = drawn().then(() => import('../protocol.ts'));
  const take = async (data: unknown) => {
    const parsed = (await schemas).HostMessage.safeParse(data);
    if (parsed.success) onMessage(parsed.data);
  };
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => void take(data));
}

export function recall(): PanelMemory {
  const kept = vscode.getState() as Partial<PanelMemory> | undefined;
  return { draft: '', ...kept };
}

export function remember(memory: PanelMemory): void {
  vscode.setState(memory);
}

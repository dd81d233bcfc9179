import * as z from 'zod/mini';
import type { PanelMessage } from '../panelMessage.ts';
import { HostMessage } from '../protocol.ts';

interface VsCodeApi {
  postMessage(message: PanelMessage): void;
  getState(): unknown;
  setState(state: PanelMemory): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();

/** What the panel itself remembers while it is hidden. `fromEnd`: pixels from the top edge to the end; missing while it follows the end. */
const PanelMemory = z.object({ draft: z.string(), fromEnd: z.optional(z.number()) });
export type PanelMemory = z.infer<typeof PanelMemory>;

/** Says something to the extension. */
export function post(message: PanelMessage): void {
  vscode.postMessage(message);
}

/** Calls back with each message of the extension; what is not one is dropped. */
export function listen(onMessage: (message: HostMessage) => void): void {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = HostMessage.safeParse(event.data);
    if (parsed.success) onMessage(parsed.data);
  });
}

export function recall(): PanelMemory {
  const parsed = PanelMemory.safeParse(vscode.getState());
  return parsed.success ? parsed.data : { draft: '' };
}

export function remember(memory: PanelMemory): void {
  vscode.setState(memory);
}

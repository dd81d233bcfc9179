import type { PanelMessage } from '../../webview/panelMessage.ts';

type Message = Exclude<PanelMessage, { type: 'ready' }>;
type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;

/** What some messages of the panel do. Each part of the panel brings the handlers of its own messages. */
export type PanelHandlers<T extends Message['type'] = never> = {
  [K in T]: (message: MessageOf<K>) => unknown;
};

export type AllHandlers = PanelHandlers<Message['type']>;

export async function handle<T extends Message['type']>(handlers: AllHandlers, message: MessageOf<T>): Promise<void> {
  const handler = handlers[message.type as T] as (message: MessageOf<T>) => unknown;
  await handler(message);
}

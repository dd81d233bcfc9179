import type { PanelMessage } from '../../webview/protocol.ts';

type Message = Exclude<PanelMessage, { type: 'ready' }>;
type MessageOf<T extends Message['type']> = Extract<Message, { type: T }>;

/** What some messages of the panel do. Each part of the panel brings the handlers of its own messages. */
export type PanelHandlers<T extends Message['type'] = never> = {
  [K in T]: (message: MessageOf<K>) => unknown;
};

export type AnyHandlers = Partial<PanelHandlers<Message['type']>>;

/** Runs the handler of a message; false if no part has one. */
export async function handle<T extends Message['type']>(
  handlers: AnyHandlers,
  message: MessageOf<T>,
): Promise<boolean> {
  const handler = handlers[message.type as T] as ((message: MessageOf<T>) => unknown) | undefined;
  if (!handler) return false;
  await handler(message);
  return true;
}

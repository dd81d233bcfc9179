import { ProgressType, type ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import type { NotificationMessage, RequestMessage } from './protocol/message.ts';
import type { ProgressReport } from './protocol/progress.ts';

/** Answers a request of our protocol; what comes in is parsed, cancellation becomes an AbortSignal. */
export function onRequest<P extends z.ZodMiniType, R extends z.ZodMiniType>(
  connection: ProtocolConnection,
  message: RequestMessage<P, R>,
  answer: (params: z.infer<P>, signal: AbortSignal) => Promise<z.infer<R>>,
): void {
  connection.onRequest(message.method, async (raw: unknown, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      return await answer(message.params.parse(raw), abort.signal);
    } finally {
      subscription.dispose();
    }
  });
}

export function onNotification<P extends z.ZodMiniType>(
  connection: ProtocolConnection,
  message: NotificationMessage<P>,
  handle: (params: z.infer<P>) => Promise<void>,
): void {
  connection.onNotification(message.method, (raw: unknown) => handle(message.params.parse(raw)));
}

/** Sends without waiting: a notification that cannot go out (the editor is gone) is nothing to handle. */
export function sendNotification<P extends z.ZodMiniType>(
  connection: ProtocolConnection,
  message: NotificationMessage<P>,
  params: z.infer<P>,
): void {
  connection.sendNotification(message.method, params).catch(() => undefined);
}

const progressType = new ProgressType<ProgressReport>();

export function sendProgress(connection: ProtocolConnection, token: string, report: ProgressReport): void {
  connection.sendProgress(progressType, token, report).catch(() => undefined);
}

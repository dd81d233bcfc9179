import { ProgressType, type ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import type { NotificationMessage, RequestMessage } from './protocol/message.ts';
import { type RequestName, type RequestParams, type RequestResult, requests } from './protocol/messages.ts';
import type { ProgressReport } from './protocol/progress.ts';

/** Answers a request of our protocol; what comes in is parsed, cancellation becomes an AbortSignal. */
export function onRequest<P extends z.ZodMiniType, R extends z.ZodMiniType>(
  connection: ProtocolConnection,
  { method, params }: RequestMessage<P, R>,
  answer: (params: z.infer<P>, signal: AbortSignal) => Promise<z.infer<R>>,
): void {
  onMethod(connection, method, (raw, signal) => answer(params.parse(raw), signal));
}

/** Answers the requests that the keys name, as `onRequest` does; `N` says which must be there. */
export function onRequests<N extends RequestName>(
  connection: ProtocolConnection,
  answers: { [K in N]: (params: RequestParams<K>, signal: AbortSignal) => Promise<RequestResult<K>> },
): void {
  for (const name in answers) {
    const { method, params } = requests[name];
    onMethod(connection, method, (raw, signal) =>
      answers[name](params.parse(raw) as RequestParams<typeof name>, signal),
    );
  }
}

function onMethod(
  connection: ProtocolConnection,
  method: string,
  answer: (raw: unknown, signal: AbortSignal) => Promise<unknown>,
): void {
  connection.onRequest(method, async (raw: unknown, token) => {
    const abort = new AbortController();
    const subscription = token.onCancellationRequested(() => abort.abort());
    try {
      return await answer(raw, abort.signal);
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

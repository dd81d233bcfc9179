import type { Message, MessageReader, MessageWriter } from 'vscode-languageserver-protocol';
import { createEventBatch } from '../eventBatch.ts';

/**
 * All messages of one turn of the event loop as one ipc message, an array as in JSON-RPC's own batches: with many streams
 * most of what a message costs is the system call and the wake-up of the other process. Order is kept.
 */
export function batchedWriter(inner: MessageWriter): MessageWriter & { flush(): void } {
  const batch = createEventBatch<unknown>((messages) => {
    const sent = (messages.length === 1 ? messages[0] : messages) as Message;
    // What goes wrong reaches `onError`.
    inner.write(sent).catch(() => undefined);
  });
  return {
    onError: inner.onError,
    onClose: inner.onClose,
    write: async (message) => batch.add(message),
    flush: batch.flush,
    end() {
      batch.flush();
      inner.end();
    },
    dispose: () => inner.dispose(),
  };
}

/** Reads what `batchedWriter` sends, and messages that come alone. */
export function unbatchedReader(inner: MessageReader): MessageReader {
  return {
    onError: inner.onError,
    onClose: inner.onClose,
    onPartialMessage: inner.onPartialMessage,
    listen: (take) =>
      inner.listen((received) => {
        if (!Array.isArray(received)) take(received);
        else for (const message of received as Message[]) take(message);
      }),
    dispose: () => inner.dispose(),
  };
}

import type * as z from 'zod/mini';

/**
 * A request of our own protocol: its method name and the schemas of what goes in and comes back.
 * Both sides parse at the edge with these schemas, so a mismatch is an error at the door and never a surprise inside.
 */
export interface RequestMessage<P extends z.ZodMiniType, R extends z.ZodMiniType> {
  readonly method: string;
  readonly params: P;
  readonly result: R;
}

/** A notification of our own protocol: one way, no answer. */
export interface NotificationMessage<P extends z.ZodMiniType> {
  readonly method: string;
  readonly params: P;
}

/** Names a request `devstral/<noun>/<verb>` and ties its schemas to it. */
export function request<P extends z.ZodMiniType, R extends z.ZodMiniType>(
  method: `devstral/${string}/${string}`,
  params: P,
  result: R,
): RequestMessage<P, R> {
  return { method, params, result };
}

/** Names a notification `devstral/<noun>/<verb>` and ties its schema to it. */
export function notification<P extends z.ZodMiniType>(
  method: `devstral/${string}/${string}`,
  params: P,
): NotificationMessage<P> {
  return { method, params };
}

import type * as z from 'zod/mini';
import * as changes from './changes.ts';
import * as cuda from './cuda.ts';
import * as diagnostics from './diagnostics.ts';
import * as edit from './edit.ts';
import * as fix from './fix.ts';
import * as host from './host.ts';
import * as launch from './launch.ts';
import type { NotificationMessage, RequestMessage } from './message.ts';
import * as models from './models.ts';
import * as servers from './servers.ts';
import * as sessions from './sessions.ts';

type Request = RequestMessage<z.ZodMiniType, z.ZodMiniType>;
type Notification = NotificationMessage<z.ZodMiniType>;
type Requests<M> = { [K in keyof M as M[K] extends Request ? K : never]: M[K] };
type Notifications<M> = {
  [K in keyof M as M[K] extends Notification ? (M[K] extends Request ? never : K) : never]: M[K];
};

const protocol = {
  ...changes,
  ...cuda,
  ...diagnostics,
  ...edit,
  ...fix,
  ...host,
  ...launch,
  ...models,
  ...servers,
  ...sessions,
};
type Protocol = typeof protocol;

const isMessage = (value: unknown) => typeof value === 'object' && value !== null && 'method' in value;
const messages = Object.entries(protocol).filter(([, value]) => isMessage(value));

/**
 * Every message by the name under which its file exports it. The extension names messages and only loads their schemas
 * with the language client: to build them takes longer than all the rest of its activation.
 */
export const requests = Object.fromEntries(messages.filter(([, value]) => 'result' in value)) as Requests<Protocol>;
export const notifications = Object.fromEntries(
  messages.filter(([, value]) => !('result' in value)),
) as Notifications<Protocol>;

export type RequestName = keyof typeof requests;
export type NotificationName = keyof typeof notifications;
export type RequestParams<N extends RequestName> = z.infer<(typeof requests)[N]['params']>;
export type RequestResult<N extends RequestName> = z.infer<(typeof requests)[N]['result']>;
export type NotificationParams<N extends NotificationName> = z.infer<(typeof notifications)[N]['params']>;

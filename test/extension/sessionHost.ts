import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { DevstralApi } from '../../extension/extension.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { PanelMessage } from '../../webview/panelMessage.ts';
import type { HostMessage, PanelSession, PanelSummary, Pending, Staged } from '../../webview/protocol.ts';
import type { ScriptedReply } from '../servers/scriptedServer.ts';
import { createFixHost, type FixHost } from './fixHost.ts';
import { waitFor } from './waitFor.ts';

/** A page of the panel without its pictures: what it was told, and what a person presses in it. */
export interface Page {
  /** All messages since it was opened. */
  messages: HostMessage[];
  /** As the page would draw it. */
  session(): PanelSession;
  kept(): AgentEvent[];
  /** Text of the answer that is being written. */
  partial(): string;
  pending(): Pending | undefined;
  staged(): Staged | undefined;
  mode(): string;
  title(): string;
  send(message: PanelMessage): void;
  say(text: string, whenBusy?: 'steer' | 'queue'): void;
  /** Number of turns that ended. */
  ends(): number;
  ended(turns?: number): Promise<void>;
  sessions(query?: string): Promise<PanelSummary[]>;
  dispose(): void;
}

/** A window with sessions of the agent, whose model is a scripted server. */
export interface SessionHost extends FixHost {
  page: Page;
  /** Opens one more page, or the first one again. */
  openPage(): Promise<Page>;
  /** Replies to the next requests, in order; the last one for ever. */
  script(...replies: ScriptedReply[]): void;
  /** Contents of the tool results in the newest request. */
  results(): string[];
  /** A new session in the page that is open. */
  newSession(): Promise<void>;
}

export const call = (name: string, args: object): ScriptedReply => ({
  stream: [{ call: { name, arguments: JSON.stringify(args) } }],
});
export const says = (text: string): ScriptedReply => ({ stream: [text] });

export async function createSessionHost(): Promise<SessionHost> {
  const extension = vscode.extensions.getExtension<DevstralApi>('devstral-vscode.devstral') ?? assert.fail('not there');
  const api = await extension.activate();
  const fix = createFixHost();
  await fix.start();
  await fix.set({ 'devstral.agent.sandbox': 'off' });

  const host: SessionHost = Object.assign(fix, {
    page: undefined as never as Page,
    async openPage() {
      const page = attach(api);
      page.send({ type: 'ready' });
      await waitFor('the state', () => page.messages.some(({ type }) => type === 'state'));
      return page;
    },
    script(...replies: ScriptedReply[]) {
      const left = [...replies];
      host.reply = () => (left.length > 1 ? left.shift() : left[0]) ?? { status: 500, body: 'no reply set' };
    },
    results(): string[] {
      const body = JSON.parse(host.bodies().at(-1) ?? '{}') as { messages?: { role: string; content: string }[] };
      return (body.messages ?? []).flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
    },
    async newSession() {
      await host.run('devstral.session.new');
      await waitFor('the new session', () => host.page.session().id === '');
    },
  });
  host.page = await host.openPage();
  return host;
}

function attach(api: DevstralApi): Page {
  const fromPage = new vscode.EventEmitter<unknown>();
  const disposed = new vscode.EventEmitter<void>();
  const messages: HostMessage[] = [];
  const webview: vscode.Webview = {
    options: {},
    html: '',
    cspSource: 'self',
    asWebviewUri: (uri) => uri,
    onDidReceiveMessage: fromPage.event,
    async postMessage(message: HostMessage) {
      messages.push(message);
      return true;
    },
  };
  api.attachPage(webview, disposed.event);

  function last<T extends HostMessage['type']>(type: T): Extract<HostMessage, { type: T }> | undefined {
    return messages.findLast((message): message is Extract<HostMessage, { type: T }> => message.type === type);
  }
  /** The state with all that came after it. */
  function since<T extends HostMessage['type']>(type: T): Extract<HostMessage, { type: T }>[] {
    const from = messages.findLastIndex((message) => message.type === 'state');
    return messages
      .slice(from)
      .filter((message): message is Extract<HostMessage, { type: T }> => message.type === type);
  }
  const state = () => last('state') ?? assert.fail('the page was told nothing');
  const events = (): SessionEvent[] => [
    ...since('earlier')
      .reverse()
      .flatMap((message) => message.events),
    ...state().session.events,
    ...since('events').flatMap((message) => (message.sessionId === state().session.id ? message.events : [])),
  ];
  const page: Page = {
    messages,
    session: () => ({ ...state().session, events: events() }),
    kept: () => events().flatMap((event) => ('index' in event ? [event.event] : [])),
    partial() {
      const all = events();
      const written = all.slice(all.findLastIndex(({ event }) => event.type === 'answer') + 1);
      return written.map(({ event }) => (event.type === 'text' ? event.text : '')).join('');
    },
    pending: () => (since('pending').at(-1) ?? state()).pending ?? undefined,
    staged: () => (since('staged').at(-1) ?? state()).staged ?? undefined,
    mode: () => since('mode').at(-1)?.mode ?? state().session.mode,
    title: () => since('title').at(-1)?.title ?? state().session.title,
    send: (message) => fromPage.fire(message),
    say: (text, whenBusy = 'steer') => fromPage.fire({ type: 'send', text, whenBusy }),
    ends: () => page.kept().filter(({ type }) => type === 'end').length,
    ended: async (turns = 1) => {
      await waitFor(`${turns} turns to end`, () => page.ends() >= turns).catch((error: unknown) => {
        throw new Error(`${String(error)}; events: ${JSON.stringify(page.kept()).slice(-2000)}`);
      });
    },
    async sessions(query = '') {
      messages.splice(0, messages.length, ...messages.filter(({ type }) => type !== 'sessions'));
      page.send({ type: 'listSessions', query });
      return (await waitFor('the sessions', () => last('sessions'))).sessions;
    },
    dispose: () => disposed.fire(),
  };
  return page;
}

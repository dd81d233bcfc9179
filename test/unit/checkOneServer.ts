import assert from 'node:assert/strict';
import type { Check } from '../../sidecar/doctor/checks.ts';
import { checkServer, type ServerCheckOptions } from '../../sidecar/doctor/server/checkServer.ts';
import { captured } from '../servers/captures.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';

export const quiet = { info() {}, warn() {}, error() {}, recentProblems: () => [] };
export const key = 'canary-71c2';

/** All checks of a server; a key of a test must stand in none of them. */
export async function check(url: string, more: Partial<ServerCheckOptions> = {}): Promise<Check[]> {
  const checks: Check[] = [];
  const options: ServerCheckOptions = {
    url,
    offline: false,
    proxy: { url: '', noProxy: [], strictTls: true },
    getKey: async () => null,
    log: quiet,
    times: { connectMs: 2000, answerMs: 20_000 },
    ...more,
  };
  for await (const event of checkServer(options, new AbortController().signal)) {
    if (event.type === 'check') checks.push(event.check);
  }
  assert.doesNotMatch(JSON.stringify(checks), new RegExp(key));
  return checks;
}

export const states = (checks: readonly Check[]) => checks.map(({ id, state }) => `${id} ${state}`);

/** The one check of this id, with its state, what it says and what it advises. */
export function assertCheck(
  checks: readonly Check[],
  id: string,
  state: Check['state'],
  message: RegExp,
  fix?: RegExp,
): void {
  const found = checks.filter((each) => each.id === id);
  assert.equal(found.length, 1, `${id} in ${states(checks).join(', ')}`);
  assert.equal(found[0]?.state, state, JSON.stringify(found[0]));
  assert.match(found[0]?.message ?? '', message);
  if (fix) assert.match(found[0]?.fix ?? '', fix);
}

/** Which recorded answer each of the doctor's questions gets; null is a 404. */
export function answers(server: string, cases: { tools?: string; users?: string; system?: string } = {}) {
  const of = (name: string | undefined) => captured(server, name ?? 'chat_stream');
  return (body: string) => {
    if (body.includes('get_weather')) return of(cases.tools ?? 'tool_auto_stream');
    if (body.includes('My name is Ann')) return of(cases.users);
    if (body.includes('Be terse')) return of(cases.system);
    return of('chat_stream');
  };
}

export const scriptedList = (id: string, more: object = {}) => ({ data: [{ id, object: 'model', ...more }] });

/** A server of a kind, with an answer for the question that wants a tool. */
export const startKind = (
  models: unknown,
  tools: ScriptedReply,
  gets: Record<string, unknown> = {},
): Promise<ScriptedServer> =>
  startScriptedServer({ models, gets, replies: [{ ...tools, when: 'get_weather' }, { stream: ['1, ', '2'] }] });

/** Keeps servers and closes them after each test. */
export function serversOfTest(): <S extends { close(): Promise<void> }>(server: S) => S {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  return (server) => {
    open.push(server);
    return server;
  };
}

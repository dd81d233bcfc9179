import { readText } from '../../models/backends/remote/connection.ts';
import { type ErrorReply, isHtml, judgeReply, reasonOf } from '../../models/backends/remote/errors.ts';
import { createAsk } from '../../models/backends/remote/recognise/ask.ts';
import { kindFromPaths, kindNames } from '../../models/backends/remote/recognise/kindOfServer.ts';
import { probeServer } from '../../models/backends/remote/recognise/probeServer.ts';
import { unknownFacts } from '../../models/backends/remote/serverFacts.ts';
import { askSmall, jsonOf } from '../../models/backends/remote/smallAnswer.ts';
import { listed, t } from '../../protocol/translate.ts';
import { connectionFault, noProxyFix } from './connectionFault.ts';
import { type Findings, fail, halt, ok, type Visit, warn, within } from './visit.ts';

/** Whether a model server answers at this address, with this key, and which one it is. */
export async function reach(visit: Visit): Promise<Findings> {
  const { server, connection } = visit;
  const sent = await connection.send('GET', `${server.api}/models`, undefined, within(visit, visit.times.askMs));
  if (sent.kind === 'failed') return connectionFault(sent.error, visit);
  if (sent.kind === 'redirected')
    return halt(
      'path',
      t('{url} sends on to {to}, which is not followed, as the key would go along', {
        url: server.shown,
        to: sent.to,
      }),
      sent.to === 'nowhere'
        ? t('Correct the address')
        : t('Set the address to {to}', { to: `${sent.to}${new URL(server.api).pathname}` }),
    );
  let reply: ErrorReply;
  try {
    const { status, headers } = sent.reply;
    reply = { status, headers, body: connection.scrub(await readText(sent.reply, 8_000_000)) };
  } catch (error) {
    return connectionFault(error, visit);
  }
  return (await faultOf(reply, visit)) ?? (await known(visit));
}

/** What an answer in place of the list of models means; null: it is the list, or the list is not needed. */
async function faultOf(reply: ErrorReply, visit: Visit): Promise<Findings | null> {
  const { server, proxy } = visit;
  const { status } = reply;
  const html = isHtml(reply);
  if (proxy !== null && (status === 407 || html)) {
    const message = t('The proxy {proxy} answered {status} in place of {host}', {
      proxy,
      status,
      host: new URL(server.origin).host,
    });
    return halt('proxy', message, noProxyFix(new URL(server.origin)));
  }
  if ((status === 401 || status === 403) && !html) return refusedKey(visit, status);
  if (html || status === 404 || status === 405 || (status === 200 && listOf(reply) === null)) {
    return wrongPath(visit, reply, html);
  }
  if (status === 200) return null;
  if (judgeReply(reply, { url: server.shown, model: '', contextSize: null }, 1, 0).retry?.loading)
    return halt(
      'loading',
      t('{url} is still loading its model', { url: server.shown }),
      t('Wait until it is ready, then check again'),
    );
  return refusedList(visit, reply);
}

const listOf = (reply: ErrorReply): unknown[] | null => {
  const data = jsonOf(reply)?.data;
  return Array.isArray(data) ? data : null;
};

async function refusedKey(visit: Visit, status: number): Promise<Findings> {
  const kind = await kindFromPaths(createAsk(visit.connection, visit.server, visit.signal));
  const what =
    kind === 'other'
      ? visit.server.shown
      : t('{name} at {place}', { name: kindNames[kind], place: visit.server.shown });
  if (!visit.hasKey)
    return halt(
      'key',
      t('{what} wants a key and none is set ({status})', { what, status }),
      t('Run Devstral: Set Server Key... in the editor, or set DEVSTRAL_API_KEY in a terminal'),
    );
  return halt(
    'key',
    t('{what} refuses the key ({status})', { what, status }),
    t(
      'Set the key that the server was started with (--api-key) by Devstral: Set Server Key..., or by DEVSTRAL_API_KEY in a terminal',
    ),
  );
}

/** Looks for the list of models where it usually is on the same host. */
async function wrongPath(visit: Visit, reply: ErrorReply, html: boolean): Promise<Findings | null> {
  const { server, connection } = visit;
  const candidates = otherPaths(server.api).map((path) => server.origin + path);
  const signal = within(visit, 5000);
  const replies = await Promise.all(candidates.map((url) => askSmall(connection, `${url}/models`, signal)));
  const found = candidates.find((_url, i) => {
    const other = replies[i];
    return other?.status === 200 && !isHtml(other) && listOf(other) !== null;
  });
  if (found !== undefined)
    return halt(
      'path',
      t('There is no model server at {url}', { url: server.api }),
      t('Set the address to {to}', { to: found }),
    );
  if (html)
    return halt(
      'path',
      t('{url} answers with a web page: a user interface or a login, not a model server', { url: server.api }),
      t('Set the address of the model server itself, such as http://HOST:PORT/v1'),
    );
  if (reply.status === 200)
    return halt(
      'path',
      t('{url} is not a list of models', { url: `${server.api}/models` }),
      t('Set the address of a server that has /v1/chat/completions'),
    );
  // Some servers complete chats and list nothing: the next step tells.
  visit.facts = unknownFacts(visit.wanted ?? '');
  const message = t('{url} lists no models ({status})', { url: server.api, status: reply.status });
  return { checks: [warn('list', message, t('If the chat fails, too, correct the path of the address'))] };
}

/** Other bases of an API that a person may have meant. */
export function otherPaths(api: string): string[] {
  const { pathname } = new URL(api);
  const parents = pathname.split('/').map((_part, i, parts) => parts.slice(0, i).join('/'));
  const bases = [...parents.toReversed().filter((path) => !/\/v\d+$/.test(path)), '', '/api', '/openai'];
  return [...new Set(bases.map((base) => `${base}/v1`))].filter((path) => path !== pathname);
}

async function refusedList(visit: Visit, reply: ErrorReply): Promise<Findings> {
  const { server, proxy } = visit;
  const kind = await kindFromPaths(createAsk(visit.connection, server, visit.signal));
  visit.facts = { ...unknownFacts(visit.wanted ?? ''), kind };
  const message = t('{url} answered {status}: {reason}', {
    url: `${server.api}/models`,
    status: reply.status,
    reason: reasonOf(reply.body).slice(0, 200) || t('no reason given'),
  });
  if (proxy !== null && reply.status >= 502 && reply.status <= 504)
    return halt(
      'proxy',
      t('{message}; the proxy {proxy} stands between', { message, proxy }),
      noProxyFix(new URL(server.origin)),
    );
  if (reply.status >= 502 && reply.status <= 504)
    return halt('reach', message, t('The gateway runs, the model server behind it does not: start it'));
  const fix =
    kind === 'transformers'
      ? t('Set HF_HOME to a folder that has a folder hub, then start transformers serve again')
      : t("Look into the server's log");
  return { checks: [fail('list', message, fix)] };
}

async function known(visit: Visit): Promise<Findings> {
  const { server, connection } = visit;
  const probed = await probeServer(connection, server, visit.wanted, within(visit, visit.times.askMs));
  if (!probed.ok) return halt('reach', `${server.shown}: ${probed.verdict.problem.sentence}`, t('Check again'));
  visit.facts = probed.facts;
  const { kind, version, images, tokenizer } = probed.facts;
  const also = listed([images === true ? t('reads images') : '', tokenizer === true ? t('counts tokens') : '']);
  const url = server.shown;
  const name = version === null || version === '' ? kindNames[kind] : `${kindNames[kind]} ${version}`;
  return {
    checks: [
      ok(
        'reach',
        also === ''
          ? t('{url} answers: {name}', { url, name })
          : t('{url} answers: {name} ({also})', { url, name, also }),
      ),
    ],
  };
}

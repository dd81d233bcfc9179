import { isHtml, reasonOf } from '../../models/backends/remote/errors.ts';
import { kindNames } from '../../models/backends/remote/recognise/kindOfServer.ts';
import type { ServerFacts } from '../../models/backends/remote/serverFacts.ts';
import { duration } from '../../protocol/numbers.ts';
import { displayLanguage, t } from '../../protocol/translate.ts';
import type { Check } from '../checks.ts';
import { type Answer, type Asked, askChat } from './askChat.ts';
import { connectionFault, noProxyFix } from './connectionFault.ts';
import { type Findings, fail, halt, ok, type Visit, warn } from './visit.ts';

const system = { role: 'system', content: 'You answer shortly.' } as const;

/** A first chat, which may load the model, and a longer one by which the stream is judged. */
export async function chat(visit: Visit): Promise<Findings> {
  const first = await askChat(visit, { messages: [system, { role: 'user', content: 'Say OK.' }], maxTokens: 8 });
  if (first.kind !== 'answer') return chatFault(first, visit);
  if (first.error !== null)
    return halt('chat', t('The chat ends with an error: {error}', { error: clip(first.error) }), logFix);
  const question = 'Count from 1 to 40, with a comma after each number.';
  const asked = await askChat(visit, { messages: [system, { role: 'user', content: question }], maxTokens: 96 });
  if (asked.kind !== 'answer') return chatFault(asked, visit);
  if (first.arrivals.length + asked.arrivals.length === 0)
    return { checks: [fail('chat', t('The chat answers nothing at all'), logFix)] };
  const measured = asked.arrivals.length > 0 ? asked : first;
  return {
    checks: [
      ok('chat', t('Chat: answers')),
      firstToken(measured.arrivals[0] ?? 0, visit.times.slowFirstTokenMs),
      streaming(measured, visit),
    ],
  };
}

const logFix = t("Look into the server's log");
const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
const seconds = (ms: number) => duration(ms, displayLanguage());

/** The wait for the first token of a prompt of about twenty, once the model is loaded. */
export function firstToken(ms: number, slowMs: number): Check {
  const time = seconds(ms);
  if (ms <= slowMs) return ok('firstToken', t('First token: after {time}', { time }));
  return warn(
    'firstToken',
    t("First token: after {time}, for a prompt of about twenty tokens; an agent's prompt takes far longer", { time }),
    t('Free the server of other requests, put more of the model on the GPU, or use a smaller model'),
  );
}

/** An answer that is over before this is too quick to tell how it came, and for it to matter (ms). */
const noticeableMs = 400;
/** So few pieces may well come together. */
const fewestPieces = 8;

/** Buffered: many pieces that arrive all at once after a noticeable wait. */
export function isBurst(arrivals: readonly number[]): boolean {
  const first = arrivals[0] ?? 0;
  const last = arrivals.at(-1) ?? 0;
  return arrivals.length >= fewestPieces && last >= noticeableMs && last - first < last * 0.1;
}

function streaming({ streamed, arrivals }: Answer, { proxy, server }: Visit): Check {
  if (!streamed)
    return warn(
      'streaming',
      t('Streaming: the whole answer comes at its end, as one piece'),
      t('Switch streaming on in the server, or in the gateway before it'),
    );
  if (!isBurst(arrivals)) {
    const span = seconds((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0));
    return ok(
      'streaming',
      t('Streaming: {pieces} pieces, the last one {span} after the first', { pieces: arrivals.length, span }),
    );
  }
  const values = { pieces: arrivals.length, time: seconds(arrivals.at(-1) ?? 0) };
  if (proxy !== null)
    return fail(
      'streaming',
      t(
        'Streaming: {pieces} pieces came at once after {time}: something on the way buffers them, likely the proxy {proxy}',
        { ...values, proxy },
      ),
      noProxyFix(new URL(server.origin)),
    );
  const fix = t(
    'Switch buffering off in the reverse proxy: proxy_buffering off; in nginx, flush_interval -1 in Caddy, flushpackets=on in Apache',
  );
  return fail(
    'streaming',
    t('Streaming: {pieces} pieces came at once after {time}: something on the way buffers them', values),
    fix,
  );
}

/** What a chat without an answer means. */
function chatFault(asked: Exclude<Asked, Answer>, visit: Visit): Findings {
  if (asked.kind === 'redirected')
    return halt(
      'path',
      t('The chat is sent on to {to}, which is not followed', { to: asked.to }),
      t('Set the address to {to}', { to: asked.to }),
    );
  if (asked.kind === 'broken') {
    if (asked.timedOut) {
      const ms = visit.times.answerMs;
      const what =
        asked.pieces > 0
          ? t('The chat was not over after {time}', { time: seconds(ms) })
          : t('No token came within {time}', { time: seconds(ms) });
      return halt(
        'firstToken',
        what,
        t('Use a smaller model, or put more of it on the GPU; a queue of other requests also takes time'),
      );
    }
    if (asked.pieces > 0)
      return halt(
        'chat',
        t('The connection ended within the answer, after {pieces} pieces ({code})', {
          pieces: asked.pieces,
          code: asked.code,
        }),
        logFix,
      );
    return connectionFault(asked.error, visit);
  }
  const { status, body } = asked.reply;
  const reason = clip(firstReason(body));
  if (isHtml(asked.reply))
    return halt(
      'path',
      t('The chat is answered with a web page ({status})', { status }),
      t('Set the address of the model server itself'),
    );
  if (status === 401 || status === 403)
    return halt(
      'key',
      visit.hasKey
        ? t('The chat refuses the key ({status})', { status })
        : t('The chat wants a key and none is set ({status})', { status }),
      t('Run Devstral: Set Server Key... in the editor, or set DEVSTRAL_API_KEY in a terminal'),
    );
  if (isRoleRefusal(body))
    return halt(
      'roles',
      t('The chat template refuses a system message: {reason}', { reason }),
      templateFix(visit.facts, reason),
    );
  return halt(
    'chat',
    t('The chat answered {status}: {reason}', { status, reason: reason || t('no reason given') }),
    chatFix(status, body, visit.facts),
  );
}

/** llama-server prints the template first and its exception last. */
export function firstReason(body: string): string {
  const reason = reasonOf(body);
  return (reason.split('\n').find((line) => line.startsWith('Error:')) ?? reason).trim();
}

/** Whether an answer refuses the order or the kind of the messages' roles. */
export const isRoleRefusal = (body: string): boolean =>
  /roles? must alternate|unexpected role|only user(,| and)|system role not supported|conversation roles/i.test(body);

/** How roles are taken that a template refuses. */
export function templateFix({ kind }: ServerFacts, reason: string): string {
  // mistral-common's own words: no flag changes it.
  if (/^unexpected role/i.test(reason)) return t('Send system messages first: mistral-common takes no other order');
  switch (kind) {
    case 'vllm':
      return t('Start vLLM with --tokenizer-mode mistral (original weights of Mistral), or with --chat-template FILE');
    case 'sglang':
      return t('Start SGLang with --chat-template FILE, a template that takes them');
    case 'llamacpp':
      return t('Start llama-server with --jinja --chat-template-file FILE, a template that takes them');
    default:
      return t('Give the model a chat template that takes them');
  }
}

function chatFix(status: number, body: string, { kind }: ServerFacts): string {
  if (body.includes('get_lark_from_jinja'))
    return t(
      "vLLM and mistral-common do not fit together: pip install 'mistral-common==1.12.*' where vLLM is installed",
    );
  if (kind === 'transformers' && status === 500)
    return t(
      'With tekken.json beside the model and mistral-common installed every stream fails: move tekken.json away, then start transformers serve again',
    );
  if (/more system memory|out of memory|insufficient memory/i.test(body))
    return t('The model does not fit into memory: use a smaller one or a smaller context');
  if (status === 404) return t("Check the address, and the model's name with {server}", { server: kindNames[kind] });
  if (status === 429) return t('Too many requests, or no credit left: wait, or look into the account');
  return logFix;
}

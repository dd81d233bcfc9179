import { setTimeout as sleep } from 'node:timers/promises';
import { chunk, head, hello, reply, streamHead } from '../../servers/wireServer.ts';
import { ends, type Fault, key, once, page, reset, stays } from './fault.ts';

/** Of the connection, of redirects, of statuses. */
export const connectionFaults: Fault[] = [
  // The connection.
  {
    name: 'nothing listens',
    address: 'http://127.0.0.1:9',
    wire: reset,
    end: 'serverUnreachable',
    says: /ECONNREFUSED/,
    tries: 0,
  },
  {
    name: 'no such host',
    address: 'http://no-such-host.invalid',
    wire: reset,
    end: 'serverUnreachable',
    says: /ENOTFOUND|EAI_AGAIN/,
    tries: 0,
  },
  {
    name: 'no address at all',
    address: 'http://',
    wire: reset,
    end: 'serverUnreachable',
    says: /not an address/,
    tries: 0,
  },
  { name: 'reset each time', wire: reset, end: 'serverUnreachable', says: /ECONNRESET|UND_ERR_SOCKET/, tries: 3 },
  { name: 'reset once', wire: once(reset), end: 'stop', text: 'Hello', tries: 2 },
  {
    name: 'closed without an answer, once',
    wire: once((wire) => wire.socket.end()),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'reset between head and first chunk, once',
    wire: once(async (wire) => {
      await wire.write(streamHead);
      await sleep(20);
      reset(wire);
    }),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'reset in the middle',
    wire: async (wire) => {
      await wire.write(streamHead + chunk({ content: 'Hel' }));
      await sleep(30);
      reset(wire);
    },
    end: 'streamCut',
    text: 'Hel',
    says: /after 1 token;/,
  },
  {
    name: 'https to a server without TLS',
    address: 'https',
    wire: reset,
    end: 'tls',
    says: /does not speak TLS/,
    tries: 0,
  },
  { name: 'not HTTP', wire: ends('SSH-2.0-OpenSSH_9.6\r\n'), end: 'serverGarbled', says: /what is not HTTP/ },
  {
    name: 'broken chunk sizes',
    wire: ends(`${head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' })}zz\r\nabc`),
    end: 'serverGarbled',
    says: /not HTTP/,
  },
  {
    name: 'fewer bytes than announced',
    wire: ends(
      `${head(200, { 'content-type': 'text/event-stream', 'content-length': '9000' })}${chunk({ content: 'Hel' })}`,
    ),
    end: 'streamCut',
    text: 'Hel',
  },
  {
    name: 'a head of 100 KB',
    wire: ends(`${head(200, { 'x-long': 'a'.repeat(100_000) })}`),
    end: 'serverUnreachable',
    says: /UND_ERR_HEADERS_OVERFLOW|HPE/,
    tries: 1,
  },
  // Redirects.
  {
    name: 'a redirect loop',
    wire: stays('HTTP/1.1 307 X\r\nlocation: /v1/chat/completions\r\ncontent-length: 0\r\n\r\n'),
    end: 'serverRefused',
    says: /redirect/,
    tries: 6,
  },
  {
    name: 'a redirect to another origin',
    wire: ends(reply(308, '', { location: 'http://127.0.0.1:9/v1/chat/completions' })),
    end: 'serverRefused',
    says: /not followed/,
  },
  {
    name: 'a redirect that loses the question',
    wire: ends(reply(302, '', { location: '/elsewhere' })),
    end: 'serverRefused',
    says: /not followed/,
  },
  { name: 'a redirect to nowhere', wire: ends(reply(307, '')), end: 'serverRefused', says: /307/ },
  // Statuses.
  {
    name: '103 first',
    wire: ends(`HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${streamHead}${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: '100 unasked, once',
    wire: once(ends('HTTP/1.1 100 Continue\r\n\r\n')),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  { name: '204', wire: ends(head(204)), end: 'serverRefused', says: /204/ },
  {
    name: '400 with a reason',
    wire: ends(reply(400, '{"error":{"message":"roles must alternate"}}')),
    end: 'serverRefused',
    says: /roles must alternate/,
  },
  {
    name: '400 overflow',
    wire: ends(
      reply(400, '{"error":{"message":"too long","type":"exceed_context_size_error","n_prompt_tokens":99,"n_ctx":64}}'),
    ),
    end: 'contextFull',
    says: /99 of 64/,
  },
  {
    name: '401',
    wire: ends(reply(401, `{"error":"Unauthorized: ${key}"}`)),
    end: 'serverKeyRefused',
    says: /401/,
  },
  { name: '403 with a page', wire: ends(reply(403, page)), end: 'serverKeyRefused', says: /403/ },
  { name: '404 of the path', wire: ends(reply(404, '404 page not found')), end: 'serverRefused', says: /404/ },
  {
    name: '404 of the model',
    wire: ends(reply(404, '{"error":{"message":"The model `x` does not exist."}}')),
    end: 'serverModelUnknown',
  },
  { name: '413', wire: ends(reply(413, 'Payload Too Large')), end: 'serverRefused', says: /413: Payload Too Large/ },
  {
    name: '422 with a list',
    wire: ends(reply(422, '{"detail":[{"loc":["min_p"],"msg":"Extra inputs are not permitted"}]}')),
    end: 'serverRefused',
    says: /Extra inputs/,
  },
  {
    name: '429 with Retry-After, once',
    wire: once(ends(reply(429, '', { 'retry-after': '0' }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  { name: '429 for an hour', wire: ends(reply(429, '', { 'retry-after': '3600' })), end: 'serverBusy', says: /429/ },
  {
    name: '429 with a Retry-After that is none',
    wire: once(ends(reply(429, '', { 'retry-after': 'soon' }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: '500 each time',
    wire: ends(reply(500, 'Internal Server Error')),
    end: 'serverBusy',
    says: /tried 3 times/,
    tries: 3,
  },
  {
    name: '500 of a call that cannot be read',
    wire: ends(reply(500, '{"error":"tool \'launch\' not found"}')),
    end: 'callUnreadable',
    says: /launch/,
  },
  { name: '502 with a page, once', wire: once(ends(reply(502, page))), end: 'stop', text: 'Hello', tries: 2 },
  {
    name: '503 while it loads, five times',
    wire: (wire) =>
      ends(wire.tries <= 5 ? reply(503, '{"error":{"message":"Loading model"}}') : streamHead + hello)(wire),
    end: 'stop',
    text: 'Hello',
    tries: 6,
  },
  { name: '504, once', wire: once(ends(reply(504, ''))), end: 'stop', text: 'Hello', tries: 2 },
  { name: '501', wire: ends(reply(501, '')), end: 'serverRefused', says: /501/ },
  { name: '599', wire: ends(reply(599, '')), end: 'serverBusy', says: /599/, tries: 3 },
];

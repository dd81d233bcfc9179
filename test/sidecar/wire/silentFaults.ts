import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { chunk, done, head, hello, reply, streamHead } from '../../servers/wireServer.ts';
import { bytes, ends, type Fault, packed, page, stays } from './fault.ts';

/** Packed bodies, silence at each stage, the list of models. */
export const silentFaults: Fault[] = [
  // Packed.
  { name: 'gzip unasked', wire: ends(packed('gzip', gzipSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'deflate unasked', wire: ends(packed('deflate', deflateSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'brotli unasked', wire: ends(packed('br', brotliCompressSync(hello))), end: 'stop', text: 'Hello' },
  { name: 'gzip that is none', wire: ends(packed('gzip', Buffer.from(hello))), end: 'serverGarbled', says: /unpacked/ },
  {
    name: 'gzip cut off',
    wire: ends(packed('gzip', gzipSync(hello.repeat(50)).subarray(0, 40))),
    end: 'serverGarbled',
    says: /unpacked/,
  },
  // Silence, at each stage. Only Stop ends it.
  { name: 'silence before the head', wire: () => undefined, end: 'cancelled', stopAfterStalls: 2 },
  {
    name: 'silence in the middle of the head',
    wire: stays('HTTP/1.1 200 OK\r\ncontent-ty'),
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  {
    name: 'silence in an error',
    wire: stays(head(400, { 'content-length': '90' })),
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  { name: 'silence after the head', wire: stays(streamHead), end: 'cancelled', stopAfterStalls: 2 },
  {
    name: 'silence in the answer',
    wire: stays(streamHead + chunk({ content: 'Hel' })),
    end: 'cancelled',
    text: 'Hel',
    stopAfterStalls: 2,
  },
  {
    name: 'silence in an event',
    wire: stays(`${streamHead}${chunk({ content: 'Hel' })}data: {"cho`),
    end: 'cancelled',
    text: 'Hel',
    stopAfterStalls: 2,
  },
  {
    name: 'comments for ever',
    wire: async (wire) => {
      await wire.write(streamHead);
      while (!wire.socket.destroyed) {
        await wire.write(': ping\n\n');
        await sleep(10);
      }
    },
    end: 'cancelled',
    stopAfterStalls: 2,
  },
  { name: 'silence after the end', wire: stays(streamHead + hello.replace(done, '')), end: 'stop', text: 'Hello' },
  { name: 'an end that never closes', wire: stays(streamHead + hello), end: 'stop', text: 'Hello' },
  {
    name: 'a byte at a time',
    wire: (wire) => bytes(wire, Buffer.from(streamHead + hello), 1),
    end: 'stop',
    text: 'Hello',
    times: { stallMs: 2000 },
  },
  // The list of models.
  {
    name: 'a list that never comes',
    models: null,
    wire: ends(streamHead + hello),
    end: 'serverUnreachable',
    tries: 0,
    times: { askMs: 100 },
  },
  {
    name: 'a list that is no JSON',
    models: reply(200, 'nonsense'),
    wire: ends(streamHead + hello),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a list that is a page',
    models: reply(200, page),
    wire: ends(streamHead + hello),
    end: 'serverNotModel',
    tries: 0,
  },
  { name: 'no list', models: reply(404, ''), wire: ends(streamHead + hello), end: 'stop', text: 'Hello' },
];

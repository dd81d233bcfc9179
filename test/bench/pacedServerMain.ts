import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * An OpenAI-compatible server for benchmarks. A prompt that ends with `pace CHUNKS EVERY_MS` is answered with that many
 * chunks, each the time of its write (microseconds, as `NUMBER;`); any other with one word.
 */
const model = { data: [{ id: 'paced', object: 'model', max_model_len: 32768 }] };

const server = createServer(async (request, response) => {
  let text = '';
  for await (const part of request) text += part;
  if (request.url !== '/v1/chat/completions') {
    response.writeHead(request.url === '/v1/models' ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(model));
    return;
  }
  const { messages } = JSON.parse(text) as { messages: { content: string }[] };
  const [, chunks = '0', everyMs = '0'] = /pace (\d+) (\d+)$/.exec(messages.at(-1)?.content ?? '') ?? [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.socket?.setNoDelay(true);
  const write = (delta: object, finish: string | null = null) =>
    response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
  // Streams of one server do not tick together.
  await sleep(Math.random() * Number(everyMs));
  for (let i = 0; i < Number(chunks); i++) {
    write({ content: `${process.hrtime.bigint() / 1000n};` });
    await sleep(Number(everyMs));
  }
  if (chunks === '0') write({ content: 'ok' });
  write({}, 'stop');
  response.end('data: [DONE]\n\n');
});
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit());

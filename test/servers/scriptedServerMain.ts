import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Script, startScriptedServer } from './scriptedServer.ts';

/** `node scriptedServerMain.mjs --script file.json [--port 0]`: prints its address, then one line of JSON a request. */
const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, script: { type: 'string' } } });
if (values.script === undefined) throw new Error('--script FILE is needed');
const script = JSON.parse(readFileSync(values.script, 'utf8')) as Script;
const server = await startScriptedServer(script, Number(values.port));
process.stdout.write(`${server.url}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
// A test that dies must not leave the server behind.
process.on('disconnect', () => process.exit(0));

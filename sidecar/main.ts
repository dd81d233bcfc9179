import './displayLanguage.ts';
import { createProtocolConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-languageserver-protocol/node';
import { createLog } from './log.ts';
import { batchedWriter } from './protocol/batchedIpc.ts';
import { startServer } from './server.ts';

/**
 * Entry of the sidecar process: a language server over node ipc, never stdio, because llama.cpp prints.
 * After a kill -9 of the editor `onClose` never comes, so the channel's own `disconnect` ends the process.
 */
const log = createLog((line) => process.stderr.write(`${line}\n`));
process.on('disconnect', () => process.exit(0));
// The editor may have died while this file was loading; that event is gone.
if (!process.connected) process.exit(0);
process.on('uncaughtException', (error) => {
  log.error(`uncaught: ${error.stack ?? error.message}`);
  process.exit(1);
});
process.on('unhandledRejection', (reason) => {
  log.error(`unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

const writer = batchedWriter(new IPCMessageWriter(process));
process.on('exit', () => writer.flush());
const connection = createProtocolConnection(new IPCMessageReader(process), writer);
startServer(connection, log, () => process.exit(0));
connection.listen();

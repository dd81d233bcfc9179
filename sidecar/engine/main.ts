import '../displayLanguage.ts';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { createLocalBackend } from '../models/backends/local/localBackend.ts';
import { createEngineServer } from './engineServer.ts';

/**
 * Entry of the engine process: `engine.mjs ADDRESS END_AFTER_MS`. Started apart from whoever needed it first, so that it
 * outlives them; it ends by itself some minutes after its last client. Prints "ready" once it listens.
 */
const [address = '', endAfter = '300000'] = process.argv.slice(2);

const server = createEngineServer({
  createBackend: (spec, log) => createLocalBackend({ ...spec, log }),
  endAfterMs: Number(endAfter),
  onEnd: () => process.exit(0),
});

server.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') fail(error.message);
  // Another engine is there, or it died and left its socket behind.
  const probe = connect(address, () => process.exit(0));
  probe.on('error', () => {
    rmSync(address, { force: true });
    listen();
  });
});

function listen(): void {
  // The folder of the socket is the person's own; the mask is for systems that look at the socket itself.
  const mask = process.umask(0o177);
  server.listen(address, () => process.stdout.write('ready\n'));
  process.umask(mask);
}

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

// Whoever reads our output may be gone.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);
listen();

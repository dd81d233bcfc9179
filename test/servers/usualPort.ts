import { type Script, type ScriptedServer, startScriptedServer } from './scriptedServer.ts';

/** A server on the first of the ports where servers usually listen that nobody has here. */
export async function startOnUsualPort(script: Script): Promise<ScriptedServer & { port: number }> {
  for (const port of [9931, 30000, 1234, 8000, 8080]) {
    const server = await startScriptedServer(script, port).catch(() => null);
    if (server) return { ...server, port };
  }
  throw new Error('all of the usual ports are taken');
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { Socket } from 'node:net';

/** Watches this process for connections to other machines: calls of `connect`, and on Linux every socket it has open. */
export function countConnections(): { outside(): string[]; stop(): void } {
  const found = new Set<string>();
  const original = Socket.prototype.connect;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const flat = args.flat();
    const options = flat.find(
      (arg): arg is { host?: string; path?: string } => typeof arg === 'object' && arg !== null,
    );
    const host = options ? (options.path ? 'pipe' : (options.host ?? 'localhost')) : String(flat[1] ?? 'localhost');
    if (!/^(pipe|localhost|127\.|::1)/.test(host)) found.add(host);
    return Reflect.apply(original, this, args) as Socket;
  } as typeof original;
  const look = () => {
    for (const address of openSockets()) found.add(address);
  };
  const timer = setInterval(look, 50);
  return {
    outside() {
      look();
      return [...found];
    },
    stop() {
      clearInterval(timer);
      Socket.prototype.connect = original;
    },
  };
}

/** Remote addresses (hexadecimal, as the kernel shows them) of this process's TCP and UDP sockets, without loopback. */
function openSockets(): string[] {
  if (process.platform !== 'linux') return [];
  const own = new Set<string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode) own.add(inode);
    } catch {
      // Closed meanwhile.
    }
  }
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) => {
    let lines: string[] = [];
    try {
      lines = readFileSync(`/proc/net/${kind}`, 'utf8').trim().split('\n').slice(1);
    } catch {
      // No such protocol here.
    }
    return lines.flatMap((line) => {
      const [, , remote = '', , , , , , , inode = ''] = line.trim().split(/\s+/);
      const local = /^(0100007F|0{8}|0{32}|0{24}01000000|0{16}FFFF00000100007F):/.test(remote);
      return own.has(inode) && !local ? [remote] : [];
    });
  });
}

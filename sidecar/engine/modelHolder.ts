import type { LocalBackend } from '../models/backends/local/localBackend.ts';
import type { ModelSpec } from './engineMessages.ts';

/**
 * The one model in memory, and the only one of this process, which ends once it is let go. Requests for it run (its own
 * queue orders them); one for another model waits for them and unloads it. That one and all that come after it are refused:
 * whoever asked takes it to a new process.
 */
export interface ModelHolder {
  /** Runs `work` with the model of `spec`, which is loaded by its first use. */
  use<T>(spec: ModelSpec, work: (backend: LocalBackend) => Promise<T>): Promise<T>;
  /** Frees the memory once the running work has ended. */
  unload(reason: 'idle' | 'asked' | 'other'): Promise<void>;
  loaded(): string | null;
  /** Milliseconds since the last work ended; 0 while some runs. */
  idleMs(): number;
}

interface Held {
  key: string;
  name: string;
  backend: LocalBackend;
  users: number;
}

export function createModelHolder(
  create: (spec: ModelSpec) => LocalBackend,
  onUnloaded: (reason: 'idle' | 'asked' | 'other') => void,
): ModelHolder {
  let held: Held | undefined;
  /** What was loaded now would be lost with the process. */
  let isOver = false;
  let usedAt = performance.now();
  /** Changes of what is held happen one after the other. */
  let order: Promise<unknown> = Promise.resolve();
  let wake = () => {};

  function inOrder<T>(step: () => Promise<T>): Promise<T> {
    const next = order.then(step, step);
    order = next.catch(() => undefined);
    return next;
  }

  async function drop(reason: 'idle' | 'asked' | 'other'): Promise<void> {
    const old = held;
    if (!old) return;
    while (old.users > 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    held = undefined;
    isOver = true;
    await old.backend.dispose();
    onUnloaded(reason);
  }

  async function take(spec: ModelSpec): Promise<Held> {
    const { name: _name, ...rest } = spec;
    const key = JSON.stringify(rest);
    if (held && held.key !== key) await drop('other');
    if (isOver) throw new Error('the engine let its model go, and ends');
    held ??= { key, name: spec.name, backend: create(spec), users: 0 };
    held.users++;
    return held;
  }

  return {
    async use(spec, work) {
      const mine = await inOrder(() => take(spec));
      try {
        return await work(mine.backend);
      } finally {
        mine.users--;
        usedAt = performance.now();
        wake();
      }
    },
    unload: (reason) => inOrder(() => drop(reason)),
    loaded: () => held?.name ?? null,
    idleMs: () => (held && held.users > 0 ? 0 : performance.now() - usedAt),
  };
}

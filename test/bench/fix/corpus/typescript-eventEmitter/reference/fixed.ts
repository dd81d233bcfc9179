/** A typed event emitter without dependencies. */
export type Listener<T> = (payload: T) => void;

export class Emitter<Events extends Record<string, unknown>> {
  private readonly listeners = new Map<keyof Events, Listener<never>[]>();

  /** Listen to an event. The returned function stops listening. */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const list = this.listeners.get(event) ?? [];
    list.push(listener);
    this.listeners.set(event, list);
    return () => this.off(event, listener);
  }

  /** Listen to the next occurrence of an event only. */
  once<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const stop = this.on(event, (payload) => {
      stop();
      listener(payload);
    });
    return stop;
  }

  off<K extends keyof Events>(event: K, listener: Listener<Events[K]>): void {
    const list = this.listeners.get(event);
    const index = list?.indexOf(listener) ?? -1;
    if (index >= 0) list?.splice(index, 1);
  }

  /** Call every listener of the event in the order in which they were added; returns how many there were. */
  emit<K extends keyof Events>(event: K, payload: Events[K]): number {
    const current = [...(this.listeners.get(event) ?? [])] as Listener<Events[K]>[];
    let called = 0;
    for (const listener of current) {
      listener(payload);
      called += 1;
    }
    return called;
  }

  listenerCount(event: keyof Events): number {
    return this.listeners.get(event)?.length ?? 0;
  }
}

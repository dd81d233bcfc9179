/**
 * Lets callbacks of a task be read as an async stream: `for await (const event of pipe(task))`. `onLeave` is called if the
 * reader leaves before the task has ended.
 */
export async function* pipe<Event, Result>(
  task: (push: (event: Event) => void) => Promise<Result>,
  onLeave: () => void = () => {},
): AsyncGenerator<Event, Result> {
  const events: Event[] = [];
  let wake = () => {};
  let settled = false;
  const result = task((event) => {
    events.push(event);
    wake();
  }).finally(() => {
    settled = true;
    wake();
  });
  // Seen again by the return below; this only keeps a rejection from being reported as unhandled meanwhile.
  result.catch(() => {});
  try {
    while (!settled || events.length > 0) {
      const event = events.shift();
      if (event !== undefined) yield event;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    if (!settled) onLeave();
  }
  return await result;
}

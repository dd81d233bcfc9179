/** Lets callbacks of a task be read as an async stream: `for await (const event of pipe(task))`. */
export async function* pipe<Event, Result>(
  task: (push: (event: Event) => void) => Promise<Result>,
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
  while (!settled || events.length > 0) {
    const event = events.shift();
    if (event !== undefined) yield event;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
  return await result;
}

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { language, turns } from './store.ts';
import { finishedText } from './texts.ts';

/** At most one polite message in this many milliseconds; the newest wins. */
const politeEvery = 5000;
/** A reading that takes less is not worth saying, in milliseconds left. */
const longReading = 2000;

/** The two live regions. The conversation itself is none: streaming text would talk over everything. */
export function Announcer() {
  const status = useSignal('');
  const alert = useSignal('');
  const lastSaid = useRef(-politeEvery);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const saidReading = useRef<string | undefined>(undefined);
  const seen = useRef<{ id: string; state: string } | undefined>(undefined);

  const say = (text: string) => {
    clearTimeout(waiting.current);
    const inMs = Math.max(0, lastSaid.current + politeEvery - performance.now());
    waiting.current = setTimeout(() => {
      lastSaid.current = performance.now();
      status.value = text;
    }, inMs);
  };

  const turn = turns.value.at(-1)?.value;
  const progress = turn?.progress;
  const msLeft = progress?.phase === 'reading' ? progress.msLeft : undefined;
  useEffect(() => {
    if (turn?.state !== 'running' || msLeft === undefined || msLeft <= longReading) return;
    if (saidReading.current === turn.id) return;
    saidReading.current = turn.id;
    const seconds = new Intl.NumberFormat(language.value).format(Math.round(msLeft / 1000));
    say(`Reading, about ${seconds} seconds`);
  }, [turn?.id, msLeft]);

  useEffect(() => {
    const before = seen.current;
    seen.current = turn && { id: turn.id, state: turn.state };
    // A panel that is shown again repeats nothing: only a turn that it saw running ends here.
    if (!turn || before?.id !== turn.id || before.state !== 'running' || turn.state === 'running') return;
    if (turn.problem) alert.value = `${turn.problem.title}. ${turn.problem.sentence}`;
    else say(finishedText(turn));
  }, [turn?.id, turn?.state]);

  return (
    <div class="visually-hidden">
      <div role="status" aria-live="polite">
        {status.value}
      </div>
      <div role="alert">{alert.value}</div>
    </div>
  );
}

import { effect, signal } from '@preact/signals';
import { visibleText } from '../../sidecar/host/visibleText.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { countStaged } from './staging.ts';
import {
  candidates,
  downloads,
  firstRun,
  model,
  pending,
  platform,
  problem,
  sessionId,
  staged,
  view,
} from './store.ts';
import { finishedText, spokenKey, stagedText } from './texts.ts';
import type { SessionView } from './view.ts';

/** What the two live regions say now. */
export const status = signal('');
export const alert = signal('');

/** At most one polite message in this many milliseconds; the newest wins. */
const politeEvery = 5000;
/** A reading that takes less is not worth saying, in milliseconds left. */
const longReading = 2000;
const afterTyping = 500;

/** The reading that goes on has been told of. */
let saidReading = false;
/** The highest mark of the context that was told of in a session. */
let marked = { id: '', step: 0 };
let lastSaid = -politeEvery;
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Says something politely, at the next chance. */
export function say(text: string, leastMs = 0): void {
  clearTimeout(waiting);
  const inMs = Math.max(leastMs, lastSaid + politeEvery - performance.now());
  waiting = setTimeout(() => {
    lastSaid = performance.now();
    status.value = text;
  }, inMs);
}

/** Watches what the panel shows and says what a person who does not see it has to know. Never tokens. */
export function startAnnouncing(): void {
  watch(
    () => ({ id: sessionId.value, view: view.value }),
    (now, before) => before.id === now.id && sayTurn(now.view, before.view),
  );
  watch(
    () => pending.value,
    (asked, before) => {
      if (asked === null || (before !== null && idOf(before) === idOf(asked))) return;
      alert.value =
        asked.kind === 'question'
          ? t('Devstral asks: {question}', { question: asked.question })
          : permissionText(asked.asked);
    },
  );
  watch(
    () => (staged.value === null ? '' : countText()),
    (text) => text !== '' && say(t('{files} to review', { files: text })),
  );
  watch(
    () => problem.value,
    (report) => {
      if (report) alert.value = `${report.title}. ${report.sentence}`;
    },
  );
  watch(
    () => firstRun.value,
    (offer) => {
      const best = offer?.choices.find(({ recommended }) => recommended);
      if (best) say(t('No model yet. Recommended: {model}.', { model: best.title }));
    },
  );
  watch(
    () => candidates.value,
    (found) =>
      found && say(plural(found.candidates.length, { one: '{count} result', other: '{count} results' }), afterTyping),
  );
  watch(
    () => ({ id: sessionId.value, step: fullness() }),
    ({ id, step }) => {
      // Each mark once in a session, also where it is passed again.
      if (id !== marked.id) marked = { id, step: 0 };
      if (step <= marked.step) return;
      marked.step = step;
      say(t('Context is {percent} percent full', { percent: step }));
    },
  );
  watch(
    () =>
      downloads.value.map(({ name, received, total, runs }) => ({
        name,
        runs,
        quarter: Math.floor((4 * received) / total),
      })),
    (all, before) => {
      for (const now of all) {
        const then = before.find(({ name }) => name === now.name);
        if (then?.runs && !now.runs) say(listed([now.name, words.paused]));
        else if (then && now.quarter > then.quarter && now.quarter < 4)
          say(t('{name}, {percent} percent', { name: now.name, percent: now.quarter * 25 }));
      }
      for (const { name, quarter } of before) {
        if (quarter >= 3 && !all.some((now) => now.name === name)) say(t('{name} is ready', { name }));
      }
    },
  );
}

/** Calls back with each new value and the one before it; not with the first. */
function watch<T>(read: () => T, changed: (now: T, before: T) => void): void {
  let before: { value: T } | undefined;
  effect(() => {
    const value = read();
    const last = before;
    before = { value };
    if (last) changed(value, last.value);
  });
}

function sayTurn(now: SessionView, before: SessionView): void {
  const turn = now.turns.at(-1);
  const then = before.turns.at(-1);
  if (!turn || turn === then) {
    sayProgress(now, before);
    return;
  }
  if (turn.index !== then?.index) return;
  // Only a turn that was seen running ends here: a panel that is shown again repeats nothing.
  if (turn.end && !then.end) {
    const report = turn.end.problem;
    if (report) alert.value = `${report.title}. ${report.sentence}`;
    else say(finishedText(turn, changesStaged(), now.waiting.length));
    return;
  }
  const last = turn.steps.findLast((step) => step.kind === 'call' && step.state === 'failed');
  if (last?.kind === 'call' && !then.steps.includes(last)) say(listed([last.title, last.summary || words.failed]));
  if (now.waiting.length > before.waiting.length) sayWaiting(now.waiting.length);
}

function sayProgress(now: SessionView, before: SessionView): void {
  if (now.waiting.length > before.waiting.length) sayWaiting(now.waiting.length);
  const { progress } = now;
  if (progress === null) saidReading = false;
  if (saidReading || progress?.phase !== 'reading' || (progress.msLeft ?? 0) <= longReading) return;
  saidReading = true;
  const seconds = Math.round((progress.msLeft ?? 0) / 1000);
  say(plural(seconds, { one: 'Reading, about {count} second', other: 'Reading, about {count} seconds' }));
}

const sayWaiting = (position: number) => say(t('Waiting, position {position}', { position }));

const idOf = (asked: NonNullable<typeof pending.value>) => (asked.kind === 'question' ? asked.id : asked.asked.callId);

function permissionText({ what, risk }: Extract<NonNullable<typeof pending.value>, { kind: 'permission' }>['asked']) {
  const os = platform.peek();
  return t('Devstral asks to run {what}. {risk}. {allow} allows once, {reject} rejects.', {
    what: visibleText(what),
    risk: words[risk],
    allow: spokenKey('allow', os),
    reject: spokenKey('reject', os),
  });
}

function changesStaged(): number {
  const value = staged.peek();
  return value ? countStaged(value).changes : 0;
}

function countText(): string {
  const value = staged.value;
  if (!value || value.files.length === 0) return '';
  const { files, changes } = countStaged(value);
  return stagedText(files, changes);
}

/** The highest mark of the context that is reached: 95, 80 or 0 percent. */
function fullness(): number {
  const { contextSize = 0 } = model.value;
  const share = contextSize > 0 ? (view.value.contextUsed ?? 0) / contextSize : 0;
  return [95, 80].find((mark) => share * 100 >= mark) ?? 0;
}

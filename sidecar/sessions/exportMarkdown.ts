import { createTwoFilesPatch } from 'diff';
import { toLf } from '../edits/lineEndings.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { displayLanguage, listed, plural, t } from '../protocol/translate.ts';
import type { Journal } from '../workspace/journal.ts';
import { redactText } from './redact.ts';
import { createRedaction, type IsIgnored, nothingIgnored } from './redactEvent.ts';
import type { LoggedEvent } from './sessionLog.ts';

/** What one apply wrote: null for a file that was not there, or is no more. */
export interface AppliedFile {
  path: string;
  before: string | null;
  after: string | null;
}

/** What the reviews of a session wrote, by the id of the apply; what the journal has forgotten is missing. */
export async function appliedFiles(
  events: readonly LoggedEvent[],
  journal: Pick<Journal, 'read'>,
  nameOf: (uri: string) => string,
): Promise<Map<string, AppliedFile[]>> {
  const found = new Map<string, AppliedFile[]>();
  for (const { event } of events) {
    if (event.type !== 'reviewed' || event.applyId === undefined) continue;
    const entry = await journal.read(event.applyId);
    if (entry?.outcome.kind !== 'committed') continue;
    const files = entry.intent.files.map(({ uri, before, after }) => {
      return { path: nameOf(uri), before: before?.text ?? null, after: after?.text ?? null };
    });
    found.set(event.applyId, files);
  }
  return found;
}

/** A session for people to read: messages, calls as headings with what came of them, diffs of what was written, usage. */
export function exportMarkdown(
  title: string,
  events: readonly LoggedEvent[],
  applied: ReadonlyMap<string, readonly AppliedFile[]>,
  isIgnored: IsIgnored = nothingIgnored,
): string {
  const redact = createRedaction(isIgnored);
  const redacted = events.map(({ event }) => redact(event));
  const titles = new Map<string, string>();
  const parts = redacted.flatMap((event): string[] => {
    if (event.type === 'callBegin') titles.set(event.callId, event.title);
    if (event.type === 'reviewed') return [reviewOf(event, applied, isIgnored)];
    return partOf(event, titles);
  });
  const started = events[0] ? `${new Date(events[0].at).toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';
  return `${[`# ${oneLine(redactText(title)) || t('Session')}`, started, ...parts, usageOf(redacted)].filter(Boolean).join('\n\n')}\n`;
}

function partOf(event: AgentEvent, titles: ReadonlyMap<string, string>): string[] {
  switch (event.type) {
    case 'user':
    case 'steer':
      return [`## ${t('You')}`, event.text.trim()];
    case 'answer':
      return event.text.trim() === '' ? [] : ['## Devstral', event.text.trim()];
    case 'callEnd': {
      const title = oneLine(titles.get(event.callId) ?? event.callId);
      const said = event.summary ? `: ${oneLine(event.summary)}` : '';
      return [`### ${title}${said}${event.ok ? '' : ` (${t('ended with an error')})`}`];
    }
    case 'permission':
      return event.answer.startsWith('reject') ? [t('You said no.')] : [];
    case 'condensed':
      return [`### ${t('Earlier messages were summarised')}`, event.summary];
    case 'end': {
      const { problem } = event;
      return problem ? [`${problem.title}: ${problem.sentence}`] : [];
    }
    default:
      return [];
  }
}

function reviewOf(
  event: Extract<AgentEvent, { type: 'reviewed' }>,
  applied: ReadonlyMap<string, readonly AppliedFile[]>,
  isIgnored: IsIgnored,
): string {
  const lines = event.files.map(({ path, operation, accepted, rejected, changedByPerson }) => {
    const verdict =
      accepted === 0 && !changedByPerson
        ? t('rejected')
        : t('{count} of {total} accepted', { count: accepted, total: accepted + rejected });
    return `- ${path} (${operation}): ${listed([verdict, changedByPerson ? t('changed by you') : ''])}`;
  });
  const files = applied.get(event.applyId ?? '') ?? [];
  const diffs = files.filter(({ path }) => !isIgnored(path)).map(diffOf);
  return [`### ${t('Review')}`, lines.join('\n'), ...diffs].filter(Boolean).join('\n\n');
}

function diffOf({ path, before, after }: AppliedFile): string {
  const from = before === null ? '/dev/null' : `a/${path}`;
  const to = after === null ? '/dev/null' : `b/${path}`;
  const patch = createTwoFilesPatch(from, to, redactText(toLf(before ?? '')), redactText(toLf(after ?? '')), '', '');
  // Without the line of signs that stands above the names.
  return fenced(patch.split('\n').slice(1).join('\n').trimEnd(), 'diff');
}

/** In a fence that is longer than any in the text. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function usageOf(events: readonly AgentEvent[]): string {
  const answers = events.flatMap((event) => (event.type === 'answer' && event.usage ? [event.usage] : []));
  if (answers.length === 0) return '';
  const sum = (of: (usage: (typeof answers)[number]) => number) =>
    answers.reduce((total, usage) => total + of(usage), 0).toLocaleString(displayLanguage());
  const values = {
    written: sum((usage) => usage.outputTokens),
    prompts: sum((usage) => usage.promptTokens),
    reused: sum((usage) => usage.reusedTokens),
  };
  const text = plural(
    answers.length,
    {
      one: '{count} answer, {written} tokens written; {prompts} tokens of prompts, {reused} of them read before.',
      other: '{count} answers, {written} tokens written; {prompts} tokens of prompts, {reused} of them read before.',
    },
    values,
  );
  return `## ${t('Usage')}\n\n${text}`;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

import { fenceFor } from '../../edits/fencedAnswer.ts';
import type { Message } from '../../models/backend.ts';
import type { FileDiagnostic } from '../../protocol/text.ts';

export interface EditPromptInput {
  /** Path as the model shall see it, relative to the workspace. */
  path: string;
  languageId: string;
  before: readonly string[];
  range: readonly string[];
  after: readonly string[];
  /** Empty: fix the problems. */
  instruction: string;
  /** What was asked for before, and has been done in `range`. */
  earlier: readonly string[];
  /** Problems in the range, with the text of their lines. */
  problems: readonly { problem: FileDiagnostic; line: string }[];
}

const system = `You are Devstral, a careful programmer who rewrites a part of a source file. Do what is asked and nothing else. Keep names, style, comments, indentation and everything that already works. Leave nothing out.`;

/** At most this many problems are told to the model: the first ones usually cause the rest. */
const maxProblems = 12;

/** The conversation for one inline edit: what stays the same between two edits of a file comes first. */
export function editPrompt(input: EditPromptInput): Message[] {
  const { path, languageId, before, range, after } = input;
  const fence = fenceFor([...before, ...range, ...after].join('\n'));
  const block = (lines: readonly string[]) => `${fence}${languageId}\n${lines.join('\n')}\n${fence}`;
  const parts = [`This is a part of ${path} that shall be rewritten.`];
  if (before.length > 0) parts.push(`The lines before it:\n${block(before)}`);
  if (after.length > 0) parts.push(`The lines after it:\n${block(after)}`);
  const empty = range.every((line) => line.trim() === '');
  parts.push(empty ? 'The part itself is empty.' : `The part itself:\n${block(range)}`);
  if (input.earlier.length > 0) parts.push(`Already done in it: ${input.earlier.join('; ')}`);
  parts.push(taskOf(input));
  const what = empty ? 'Write only the lines that belong there' : 'Write the whole part again with this change';
  parts.push(
    `${what}, in one block that starts with ${fence}${languageId} and ends with ${fence}. Write none of the lines before or after it, and no explanation.`,
  );
  return [
    { role: 'system', content: system },
    { role: 'user', content: parts.join('\n\n') },
  ];
}

function taskOf({ instruction, problems }: EditPromptInput): string {
  const rank = { error: 0, warning: 1, information: 2, hint: 3 };
  const worst = [...problems]
    .sort((a, b) => rank[a.problem.severity] - rank[b.problem.severity])
    .slice(0, maxProblems)
    .map(
      ({ problem, line }) => `- ${problem.severity} in \`${line.trim()}\`: ${problem.message.replaceAll('\n', ' ')}`,
    );
  const reported = worst.length > 0 ? `The editor reports:\n${worst.join('\n')}\n\n` : '';
  return `${reported}What to do: ${instruction || 'Fix what the editor reports.'}`;
}

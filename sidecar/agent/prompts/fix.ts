import { fenceFor } from '../../edits/fencedAnswer.ts';
import type { Message } from '../../models/backend.ts';
import type { FileDiagnostic, Range } from '../../protocol/text.ts';

export interface FixPromptInput {
  /** Path as the model shall see it, relative to the workspace. */
  path: string;
  languageId: string;
  /** With `\n` endings. */
  text: string;
  form: 'file' | 'edits';
  instruction: string | undefined;
  diagnostics: readonly FileDiagnostic[];
  focus: Range | undefined;
}

const system = `You are Devstral, a careful programmer who repairs source files. Find what is wrong in the file you are given: compare what names, comments and messages promise with what each statement does; check boundaries, operators, conditions, wrong variables, missing cases, state that is not reset, and inputs that are changed by accident. Make the smallest change that is right. Keep names, style, comments and everything that already works. Never delete tests or features.`;

const wholeFile = (fence: string, language: string) =>
  `Name the mistake in one sentence. Then write the whole corrected file, from the first line to the last, in one block that starts with ${fence}${language} and ends with ${fence}. If another file must change too, add a further block with its path in place of the language.`;

const edits = (fence: string) =>
  `Name the mistake in one sentence. Then write only the changes, each as a block of this form, where the first part is copied exactly from the file with enough lines to be unique:
${fence}
<<<<<<< SEARCH
lines as they are now
=======
lines as they should be
>>>>>>> REPLACE
${fence}
If another file must change too, write it whole in a block with its path in place of the language.`;

/** At most this many problems are told to the model: the first ones usually cause the rest. */
const maxDiagnostics = 12;

function problemLines(diagnostics: readonly FileDiagnostic[]): string {
  if (diagnostics.length === 0) return '';
  const rank = { error: 0, warning: 1, information: 2, hint: 3 };
  const worst = [...diagnostics].sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, maxDiagnostics);
  const lines = worst.map((d) => `- line ${d.range.start.line + 1}: ${d.severity}: ${d.message.replaceAll('\n', ' ')}`);
  return `The editor reports:\n${lines.join('\n')}\n\n`;
}

/**
 * The conversation for one fix. All that is constant comes first, the file's own text as late as it can, so that a second
 * fix reuses the start; nothing in it changes between two samples of the same fix.
 */
export function fixPrompt(input: FixPromptInput): Message[] {
  const fence = fenceFor(input.text);
  const wish = input.instruction?.trim() ? `What to do: ${input.instruction.trim()}\n\n` : '';
  const lines = input.focus
    ? `Look first at lines ${input.focus.start.line + 1} to ${input.focus.end.line + 1}.\n\n`
    : '';
  const task = input.form === 'file' ? wholeFile(fence, input.languageId) : edits(fence);
  return [
    { role: 'system', content: system },
    {
      role: 'user',
      content: `${task}\n\n${wish}${problemLines(input.diagnostics)}${lines}This is ${input.path}:\n\n${fence}${input.languageId}\n${input.text}\n${fence}`,
    },
  ];
}

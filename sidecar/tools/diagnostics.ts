import { URI } from 'vscode-uri';
import * as z from 'zod';
import type { FileDiagnostic } from '../protocol/text.ts';
import { plural, t } from '../protocol/translate.ts';
import { shownPath } from '../workspace/shownPath.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ path: z.string().optional().describe('File; absent: all that are known') });
type Args = z.infer<typeof Args>;

const mostProblems = 100;

/** Problems that the editor shows. Offered only where there are language servers (`Host.languages`). */
export const diagnosticsTool: Tool<Args> = {
  name: 'diagnostics',
  description: 'Errors and warnings of the language servers.',
  args: Args,
  effect: 'disk',
  title: ({ path }) => (path === undefined ? t('Problems of the workspace') : t('Problems of {path}', { path })),
  async run({ path }, { roots, host, signal }): Promise<ToolResult> {
    if (!host.languages) return { ok: false, text: 'There are no language servers here.', summary: t('none here') };
    const place = path === undefined ? null : resolveInside([...roots], path);
    if (place?.kind === 'outside')
      return { ok: false, text: `${path} is outside of the workspace.`, summary: t('outside') };
    const uri = place ? URI.file(place.path).toString() : null;
    const files = await host.languages.diagnostics({ uri }, signal);
    const lines = files.flatMap(({ uri: at, found }) => {
      const inside = resolveInside([...roots], at).kind === 'inside';
      return inside ? found.filter(matters).map((one) => lineOf(shownPath(roots, at), one)) : [];
    });
    if (lines.length === 0) return { ok: true, text: 'No problems.', summary: t('no problems') };
    const more = lines.length > mostProblems ? `\n(${lines.length - mostProblems} more)` : '';
    const text = lines.slice(0, mostProblems).join('\n') + more;
    return { ok: true, text, summary: plural(lines.length, { one: '{count} problem', other: '{count} problems' }) };
  },
};

/** Hints are for the eye: unused names, deprecated ones. */
const matters = ({ severity }: FileDiagnostic) => severity !== 'hint';

function lineOf(path: string, { range, severity, message, source, code }: FileDiagnostic): string {
  const by = [source, code].filter(Boolean).join(' ');
  return `${path}:${range.start.line + 1}: ${severity}: ${message.slice(0, 500)}${by === '' ? '' : ` (${by})`}`;
}

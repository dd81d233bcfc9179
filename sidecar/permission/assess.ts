import { normalize, relative } from 'node:path';
import { t } from '../protocol/translate.ts';
import { readDevstralIgnore } from '../sessions/devstralIgnore.ts';
import type { Assessment } from '../tools/tool.ts';
import { assessCommand } from './commandRisk.ts';
import { assessPath, type PathAccess, type PathVerdict, pathRisk } from './pathRisk.ts';
import { ignoredReason } from './pathTable.ts';
import { suggestRule } from './rules.ts';
import { declaredRisk, type ToolDeclaration } from './toolRisk.ts';

/** For a tool that runs a command line. `cwd` is absolute; the first root if nothing is said. */
export async function commandAssessment(
  text: string,
  { roots, cwd }: { roots: readonly string[]; cwd?: string | undefined },
): Promise<Assessment> {
  const command = await assessCommand(text, { roots, cwd, isIgnored: await readDevstralIgnore(roots) });
  const where = cwd === undefined || roots[0] === undefined ? '' : relative(roots[0], cwd);
  const rule = suggestRule(command);
  return {
    risk: command.risk,
    what: text,
    ...(where === '' ? {} : { where }),
    reasons: command.reasons,
    ...(rule === undefined ? {} : { rule }),
    command,
  };
}

/** For a tool that reads or edits one file. */
export function pathAssessment(named: string, access: PathAccess, roots: readonly string[]): Assessment {
  const verdict = assessPath(roots, named, access);
  const reasons = verdict.reason === undefined ? [] : [verdict.reason, ...leadsTo(verdict, named)];
  return {
    risk: pathRisk(verdict, access),
    what: named,
    reasons,
    ...(verdict.verdict === 'refuse' && verdict.reason !== undefined ? { refused: verdict.reason } : {}),
  };
}

/** The same, and what `.devstralignore` names is asked about: its text goes to the model. */
export async function fileAssessment(named: string, access: PathAccess, roots: readonly string[]): Promise<Assessment> {
  const assessment = pathAssessment(named, access, roots);
  const isIgnored = await readDevstralIgnore(roots);
  if (!isIgnored(named)) return assessment;
  return { ...assessment, risk: 'high', reasons: [ignoredReason, ...assessment.reasons] };
}

/** Where a name really leads, if it does not say so itself: through a link, out of the workspace. */
function leadsTo({ place }: PathVerdict, named: string): string[] {
  const real = place.kind === 'inside' ? place.relative : place.path;
  return real === named || real === normalize(named) ? [] : [t('Leads to {path}', { path: real })];
}

/** For a tool of an MCP server, by what the server declares. A rule names the tool, whatever its arguments. */
export function foreignToolAssessment({
  server,
  tool,
  declaration,
}: {
  server: string;
  tool: string;
  declaration: ToolDeclaration;
}): Assessment {
  const { risk, reasons } = declaredRisk(declaration);
  const what = `${server}/${tool}`;
  return { risk, what, where: server, reasons, ...(risk === 'high' ? {} : { rule: `mcp ${what}` }) };
}

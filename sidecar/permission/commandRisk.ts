import type { Risk } from '../tools/tool.ts';
import type { CommandPart } from './commandPart.ts';
import type { Places } from './commandPaths.ts';
import { CommandRating } from './commandRating.ts';
import { reasons } from './commandRow.ts';
import { bashParser } from './shellGrammar.ts';

export interface CommandRisk {
  risk: Risk;
  /** For people, the gravest first; none for what is low. */
  reasons: string[];
  parts: CommandPart[];
  /** The text as a whole can be covered by rules: it was read, and nothing stays in the background. */
  readable: boolean;
}

/**
 * The risk of a command line for bash: the highest of all programs in it, through pipes, substitutions, wrappers and
 * strings that are run. `cwd` is where it starts, the first root if nothing is said. Reads folders, runs nothing.
 */
export async function assessCommand(
  text: string,
  { roots, cwd = roots[0], isIgnored }: Pick<Places, 'roots' | 'isIgnored'> & { cwd?: string | undefined },
): Promise<CommandRisk> {
  if (cwd === undefined) return { risk: 'high', reasons: [reasons.unreadable], parts: [], readable: false };
  const rating = new CommandRating(await bashParser(), { roots, cwds: [cwd], ...(isIgnored && { isIgnored }) });
  rating.script(text, 0);
  return rating.result();
}

/** Whether a command does nothing but fetch packages for the project: it has the network where others have none. */
export const onlyInstalls = ({ risk, parts }: CommandRisk): boolean =>
  risk === 'medium' && parts.every((part) => part.network || part.risk === 'low');

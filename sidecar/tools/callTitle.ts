import type { ReadyCall } from './readCall.ts';

/**
 * The line of a call's card. Models often name files by their whole path, of which a narrow card would show the beginning
 * only: below a root it is said as it stands there. A command is never said otherwise than it runs.
 */
export function callTitle({ tool, args }: Pick<ReadyCall, 'tool' | 'args'>, roots: readonly string[]): string {
  const title: string = tool.title(args);
  if (tool.effect !== 'read' && tool.effect !== 'edit') return title;
  return roots.reduce((shown, root) => shown.replace(` ${root}/`, ' ').replace(` ${root}\\`, ' '), title);
}

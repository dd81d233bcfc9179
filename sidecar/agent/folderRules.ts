import type { AnyTool } from '../tools/tool.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import { rulesOnTheWay } from './projectRules.ts';

/** The argument in which tools name a file. */
const pathIn = (args: unknown): string | undefined => {
  const named = Object(args) as { file_path?: unknown; path?: unknown };
  return [named.file_path, named.path].find((value) => typeof value === 'string');
};

/**
 * A tool that also brings the instructions (AGENTS.md) of the folders it comes to for the first time: those of the roots
 * are in the first message. `told`: the folders that the model has been told of.
 */
export function withFolderRules(tool: AnyTool, told: Set<string>): AnyTool {
  if (tool.effect !== 'read' && tool.effect !== 'edit') return tool;
  return {
    ...tool,
    async run(args, context) {
      const result = await tool.run(args, context);
      const path = pathIn(args);
      if (!result.ok || path === undefined) return result;
      const place = resolveInside([...context.roots], path);
      if (place.kind === 'outside') return result;
      const rules = await rulesOnTheWay(place.root, place.path, told);
      if (rules.length === 0) return result;
      const texts = rules.map((rule) => `Instructions of ${rule.path}:\n${rule.text.trim()}`);
      return { ...result, text: [result.text, ...texts].join('\n\n') };
    },
  };
}

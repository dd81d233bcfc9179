import type { TouchedFile } from '../checkpoints/touchedFile.ts';
import type { WorkspaceWatch } from '../checkpoints/watchWorkspace.ts';
import { listed, plural } from '../protocol/translate.ts';
import type { AnyTool } from '../tools/tool.ts';

interface Watched {
  watch: WorkspaceWatch;
  /** Before the model is told: the checkpoint of the turn keeps what was there. */
  onChanged(files: readonly TouchedFile[]): Promise<void>;
  nameOf(uri: string): string;
}

const mostNames = 20;
/** The look after a command that was stopped is not stopped with it. */
const lookMs = 30_000;

/** A tool that runs programs, with a look at the workspace before and after: what they changed joins the checkpoint. */
export function watchedCommand(tool: AnyTool, { watch, onChanged, nameOf }: Watched): AnyTool {
  if (tool.effect !== 'command') return tool;
  return {
    ...tool,
    async run(args, context) {
      await watch.look(context.signal);
      const result = await tool.run(args, context);
      const { files, incomplete } = await watch.changes(AbortSignal.timeout(lookMs));
      if (files.length === 0) return result;
      await onChanged(files);
      const names = files.slice(0, mostNames).map(({ uri }) => nameOf(uri));
      const more = files.length - names.length;
      const rest = more > 0 ? ` and ${more} more` : incomplete ? ' and possibly others' : '';
      const count = plural(files.length, { one: '{count} file changed', other: '{count} files changed' });
      return {
        ...result,
        text: `${result.text}\n\nFiles that it changed: ${names.join(', ')}${rest}`,
        summary: listed([result.summary, count]),
      };
    },
  };
}

import type { CommandDeps } from '../commands/runInWorkspace.ts';
import type { Host } from '../host/host.ts';
import { isInRepository } from '../workspace/runGit.ts';
import { findRipgrep } from '../workspace/search/ripgrep.ts';
import { applyPatchTool } from './applyPatch.ts';
import { askUserTool } from './askUser.ts';
import { commandTools } from './commandTools.ts';
import { diagnosticsTool } from './diagnostics.ts';
import { editTool } from './edit.ts';
import { finishTool } from './finish.ts';
import { gitTool } from './git.ts';
import { gitCommitTool } from './gitCommit.ts';
import { globTool } from './glob.ts';
import { createGrepTool } from './grep.ts';
import { insertLinesTool } from './insertLines.ts';
import { listTool } from './list.ts';
import { moveFileTool } from './moveFile.ts';
import { readTool } from './read.ts';
import { searchReplaceTool } from './searchReplace.ts';
import { symbolsTool } from './symbols.ts';
import { thinkTool } from './think.ts';
import { todoTool } from './todo.ts';
import type { AnyTool } from './tool.ts';
import { writeFileTool } from './writeFile.ts';

interface Surroundings {
  /** The first folder of the workspace. */
  root: string;
  host: Pick<Host, 'languages'>;
  commands: CommandDeps;
  /** The editor's own ripgrep; else the one on the path, else our own walk. */
  ripgrep?: string;
}

/**
 * The tools of a session, in the order in which the model is told of them: the same for all sessions of a workspace, so
 * that the start of the prompt is. Rare ones are there only where they can be of use.
 */
export function sessionTools({ root, host, commands, ripgrep }: Surroundings): AnyTool[] {
  return [
    readTool,
    listTool,
    globTool,
    createGrepTool(() => findRipgrep(ripgrep, process.env.PATH ?? '')),
    editTool,
    writeFileTool,
    moveFileTool,
    ...commandTools(commands),
    todoTool,
    thinkTool,
    askUserTool,
    ...(isInRepository(root) ? [gitTool, gitCommitTool] : []),
    ...(host.languages ? [diagnosticsTool, symbolsTool] : []),
    finishTool,
    searchReplaceTool,
    insertLinesTool,
    applyPatchTool,
  ];
}

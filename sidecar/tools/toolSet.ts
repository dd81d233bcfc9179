import { applyPatchTool } from './applyPatch.ts';
import { askUserTool } from './askUser.ts';
import { editTool } from './edit.ts';
import { finishTool } from './finish.ts';
import { insertLinesTool } from './insertLines.ts';
import { moveFileTool } from './moveFile.ts';
import { readTool } from './read.ts';
import { searchReplaceTool } from './searchReplace.ts';
import { thinkTool } from './think.ts';
import { todoTool } from './todo.ts';
import type { AnyTool } from './tool.ts';
import { writeFileTool } from './writeFile.ts';

/** The tools of every session, in the order in which the model is told of them: constant, so that the prompt's start is. */
export const commonTools: readonly AnyTool[] = [
  readTool,
  editTool,
  writeFileTool,
  moveFileTool,
  todoTool,
  thinkTool,
  askUserTool,
  finishTool,
  searchReplaceTool,
  insertLinesTool,
  applyPatchTool,
];

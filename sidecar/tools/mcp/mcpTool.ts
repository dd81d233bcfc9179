import { createHash } from 'node:crypto';
import type { Tool as ForeignTool } from '@modelcontextprotocol/sdk/types.js';
import * as z from 'zod';
import { foreignToolAssessment } from '../../permission/assess.ts';
import type { Tool, ToolResult } from '../tool.ts';

/** What model servers take for the name of a tool. */
const longestName = 64;
/** Characters: each is in every prompt. */
const longestDescription = 1000;
const longestSchema = 10_000;

/** `mcp__server__tool` for each tool: letters, digits, `_` and `-`, at most 64, no two the same. */
export function toolNames(all: readonly (readonly [server: string, tool: string])[]): string[] {
  const plain = all.map(([server, tool]) => `mcp__${clean(server)}__${clean(tool)}`);
  return plain.map((name, at) => {
    const unique = plain.indexOf(name) === plain.lastIndexOf(name);
    if (unique && name.length <= longestName) return name;
    const hash = createHash('sha256').update(JSON.stringify(all[at])).digest('hex').slice(0, 8);
    return `${name.slice(0, longestName - 9)}_${hash}`;
  });
}

const clean = (name: string) => name.replace(/[^\w-]/g, '_');

interface Options {
  server: string;
  name: string;
  run(args: object, signal: AbortSignal): Promise<ToolResult>;
}

/** A tool of a server as one of ours; null if it would fill the prompt. The server checks its arguments itself. */
export function describedTool(foreign: ForeignTool, { server, name, run }: Options): Tool<object> | null {
  const { $schema: _schema, $id: _id, id: _ownId, ...schema } = foreign.inputSchema as Record<string, unknown>;
  if (JSON.stringify(schema).length > longestSchema) return null;
  return {
    name,
    description: (foreign.description ?? foreign.title ?? foreign.name).slice(0, longestDescription).toWellFormed(),
    args: z.looseObject({}).meta(schema),
    effect: 'network',
    assess: (args) => {
      const own = foreignToolAssessment({ server, tool: foreign.name, declaration: foreign.annotations ?? {} });
      return { ...own, what: `${own.what} ${JSON.stringify(args)}` };
    },
    title: () => `${server}: ${foreign.name}`,
    run: (args, { signal }) => run(args, signal),
  };
}

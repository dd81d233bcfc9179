import * as z from 'zod';
import { isObject, parseModelJson } from '../models/formats/jsonScan.ts';
import type { AgentCall } from '../protocol/agentEvents.ts';
import type { AnyTool } from './tool.ts';

export type ReadyCall = { call: AgentCall; tool: AnyTool; args: unknown };
export type CallRead = ({ kind: 'ready' } & ReadyCall) | { kind: 'bad'; text: string };

/** Another name and form of a call: what Devstral versions were trained on. Answers null if it does not know what is meant. */
export type Alias = (args: Record<string, unknown>) => { name: string; args: Record<string, unknown> } | null;

/**
 * Finds the tool and parses the arguments. What is wrong comes back as one line that says how to mend it: a model that
 * reads "invalid arguments" tries the same again.
 */
export function readCall(call: AgentCall, tools: readonly AnyTool[], aliases: ReadonlyMap<string, Alias>): CallRead {
  const parsed = parseModelJson(call.arguments.trim() === '' ? '{}' : call.arguments);
  if (!parsed.ok) return bad(`The arguments of ${call.name} are not whole JSON. Send the call again, complete.`);
  if (!isObject(parsed.value)) return bad(`The arguments of ${call.name} must be one JSON object.`);
  const meant = aliases.get(call.name)?.(parsed.value) ?? { name: call.name, args: parsed.value };
  const tool = tools.find(({ name }) => name === meant.name);
  if (!tool) return bad(`There is no tool ${call.name}. There are: ${namesOf(tools)}.`);
  const read = tool.args.safeParse(meant.args);
  if (read.success) return { kind: 'ready', call, tool, args: read.data };
  return bad(`${tool.name}: ${read.error.issues.slice(0, 3).map(issueText).join('; ')}. Send the call again.`);
}

const namesOf = (tools: readonly AnyTool[]) =>
  tools
    .filter(({ hidden }) => !hidden)
    .map(({ name }) => name)
    .join(', ');

const bad = (text: string): CallRead => ({ kind: 'bad', text });

function issueText(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return `there is no field ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_type') return `${field} must be ${issue.expected}`;
  return `${field}: ${issue.message}`;
}

/** Tools as the model is told of them. */
export function describeTools(tools: readonly AnyTool[]) {
  return tools
    .filter(({ hidden }) => !hidden)
    .map(({ name, description, args }) => ({
      name,
      description,
      parameters: parametersOf(args),
    }));
}

/** To write down the schemas of all tools takes as long as all the rest of a short turn. */
const written = new WeakMap<z.ZodType, Record<string, unknown>>();

function parametersOf(args: z.ZodType): Record<string, unknown> {
  const known = written.get(args);
  if (known) return known;
  const schema = lean(z.toJSONSchema(args, { io: 'input' }) as Record<string, unknown>);
  written.set(args, schema);
  return schema;
}

/** Without what costs tokens and says nothing to a model. */
function lean(schema: Record<string, unknown>): Record<string, unknown> {
  const { $schema: _schema, additionalProperties: _additional, ...rest } = schema;
  return rest;
}

import type { Token } from './prefixMatch.ts';

/** Control tokens of Mistral's formats, as a server that does not parse them prints them. */
export const markers = [
  '[TOOL_CALLS]',
  '[THINK]',
  '[ARGS]',
  '[CALL_ID]',
  '[/THINK]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_RESULTS]',
  '[/TOOL_RESULTS]',
  '[TOOL_CONTENT]',
  '[INST]',
  '[/INST]',
  '[SYSTEM_PROMPT]',
  '[/SYSTEM_PROMPT]',
];

/** Letters of a tool's name. */
export const nameChar = /[\w-]/;
/** The marker in front of arguments; SGLang was seen to lose its last character. */
const args = ['[ARGS]', '[ARGS'];
const keys = ['"name"', '"arguments"', '"parameters"'];
/** What follows a name for it to be a call's. */
export const afterName: Token[][] = [
  [args, /\s/, '{'],
  ['[CALL_ID]', /[\w-]/, args, /\s/, '{'],
];
const markedName: Token[] = [/\s/, { one: /[\w.-]/ }, /[\w.-]/, /\s/];
/** What follows `[TOOL_CALLS]` in the formats with a name (v11, v13), and in those with a list (v3, v7). */
export const afterMarker: Token[][] = [
  [...markedName, [...args, ''], /\s/, '{'],
  [...markedName, '[CALL_ID]', /[\w-]/, /\s/, [...args, ''], /\s/, '{'],
];
export const markedList: Token[] = [/\s/, ['[', ''], /\s/, '{'];
/** Arguments right after the name of a known tool, without any marker. */
export const bareArguments: Token[] = ['{', /\s/, ['"', '}']];
/** An object, or a list of them, that names a tool: alone, fenced, in tags. */
export const bareObject: Token[] = [['[', ''], /\s/, '{', /\s/, keys, /\s/, ':'];
export const fencedObject: Token[] = [
  '```',
  /`/,
  /[ \t]/,
  ['json', 'tool_calls', 'tool_call', ''],
  /[ \t\r]/,
  '\n',
  /\s/,
  ...bareObject,
];
/** Around a call in Hermes-style formats. */
export const tags = ['<tool_call>', '</tool_call>'];
export const taggedObject: Token[] = ['<tool_call>', /\s/, { one: /[[{]/ }];

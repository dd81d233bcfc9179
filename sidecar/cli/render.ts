import { resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Segment } from '../models/formats/chatFormat.ts';
import type { MistralVersion } from '../models/formats/mistral/conversation.ts';
import { readOpenAi } from '../models/formats/mistral/readOpenAi.ts';
import { fimTokens, renderMistral } from '../models/formats/mistral/render.ts';
import { createTekken, isTekken, type Tekken } from '../models/formats/mistral/tekken.ts';
import { type JsonNode, readPythonJson } from '../models/formats/pythonJson.ts';
import { readVocabulary } from '../models/gguf/readVocabulary.ts';
import { CommandFailed, type CommonOptions } from './common.ts';

export interface RenderOptions extends CommonOptions {
  format?: string;
  tokens?: boolean;
}

const versions: readonly string[] = ['v3', 'v7', 'v11', 'v13'] satisfies MistralVersion[];
const isVersion = (name: string | undefined): name is MistralVersion => versions.includes(name ?? '');

/**
 * `devstral render`: the bare renderer. stdin is {"messages", "tools"} or {"fim": {"prompt", "suffix"}}; stdout the prompt's
 * text, or its tokens by the vocabulary of a GGUF. What the format does not allow is refused, nothing is repaired.
 */
export async function runRender(options: RenderOptions): Promise<number> {
  if (!isVersion(options.format)) throw new CommandFailed(`--format is one of ${versions.join(', ')}`);
  if (options.tokens && !options.model)
    throw new CommandFailed('--tokens needs the vocabulary of a GGUF: --model FILE');
  const tekken = options.tokens && options.model ? await vocabularyOf(options.model) : null;
  const input = membersOf(await readAll(process.stdin));
  const fim = input.get('fim') ?? null;
  const print = (text: string, tokens: () => number[]) => {
    process.stdout.write(tekken ? `${JSON.stringify({ tokens: tokens() })}\n` : text);
    return 0;
  };
  if (fim !== null) {
    const { prefix, suffix } = readFim(fim);
    const text = `<s>[SUFFIX]${suffix ?? ''}[PREFIX]${prefix}`;
    return print(text, () => (tekken ? fimTokens(prefix, suffix, tekken) : []));
  }
  const read = readOpenAi(input.get('messages') ?? [], input.get('tools') ?? null);
  if (read.kind === 'bad') throw new CommandFailed(`the conversation cannot be read: ${read.reason}`);
  const rendered = renderMistral(options.format, read.conversation);
  if (rendered.kind === 'refused')
    throw new CommandFailed(`${options.format} refuses this conversation: ${rendered.reason}`);
  const text = rendered.segments.map((segment) => ('control' in segment ? segment.control : segment.text)).join('');
  return print(text, () => (tekken ? tokensOf(rendered.segments, tekken) : []));
}

async function vocabularyOf(model: string): Promise<Tekken> {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), model);
  const read = await readVocabulary(path);
  if (read.kind === 'bad') throw new CommandFailed(`${model}: ${read.reason}`);
  if (!isTekken(read.tokens)) throw new CommandFailed(`${model} has another vocabulary than Tekken`);
  return createTekken(read.tokens);
}

function tokensOf(segments: readonly Segment[], tekken: Tekken): number[] {
  return segments.flatMap((segment) => {
    if ('text' in segment) return tekken.encode(segment.text);
    const id = tekken.control(segment.control);
    if (id === undefined) throw new CommandFailed(`the vocabulary has no ${segment.control}`);
    return [id];
  });
}

function membersOf(json: string): Map<string, JsonNode> {
  const read = readPythonJson(json);
  if (!read.ok) throw new CommandFailed('stdin is not JSON');
  return objectOf(read.value, 'stdin');
}

function objectOf(node: JsonNode, what: string): Map<string, JsonNode> {
  if (typeof node === 'object' && node !== null && 'entries' in node && !Array.isArray(node))
    return new Map(node.entries);
  throw new CommandFailed(`${what} is not a JSON object`);
}

function readFim(node: JsonNode): { prefix: string; suffix: string | null } {
  const fim = objectOf(node, '"fim"');
  const prefix = fim.get('prompt') ?? fim.get('prefix') ?? '';
  const suffix = fim.get('suffix') ?? null;
  if (typeof prefix !== 'string' || (suffix !== null && typeof suffix !== 'string')) {
    throw new CommandFailed('"fim" has the texts "prompt" and "suffix"');
  }
  return { prefix, suffix };
}

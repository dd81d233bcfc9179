import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { plainSize } from '../../models/sizeText.ts';
import { plural, t } from '../../protocol/translate.ts';
import type { ToolResult } from '../tool.ts';

/** Characters for the model. */
const mostText = 40_000;

/** What a server answered, as text; what is none is noted with its kind and size. */
export function resultText(answer: unknown): ToolResult {
  const read = CallToolResultSchema.safeParse(answer);
  if (!read.success)
    return { ok: false, text: 'The server answered with no result of a tool.', summary: t('no result') };
  const { content, structuredContent, isError } = read.data;
  const parts = content.map(partText);
  if (parts.length === 0 && structuredContent) parts.push(JSON.stringify(structuredContent));
  const text = parts.join('\n') || '(nothing)';
  const cut = text.length > mostText ? `${text.slice(0, mostText).toWellFormed()}\n(cut)` : text;
  const lines = text.split('\n').length;
  const size = plural(lines, { one: '{count} line', other: '{count} lines' });
  return { ok: !isError, text: cut, summary: isError ? t('an error') : size };
}

type Part = ReturnType<typeof CallToolResultSchema.parse>['content'][number];

function partText(part: Part): string {
  if (part.type === 'text') return part.text;
  if (part.type === 'resource_link') return `(${part.uri}: ${part.name})`;
  if (part.type === 'image' || part.type === 'audio') return noted(part.type, part.mimeType, part.data);
  const { resource } = part;
  return 'text' in resource ? resource.text : noted(resource.uri, resource.mimeType, resource.blob);
}

const noted = (what: string, mime: string | undefined, base64: string) =>
  `(${[what, mime, plainSize((base64.length * 3) / 4)].filter(Boolean).join(', ')}; not shown)`;

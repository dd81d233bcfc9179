import { extname } from 'node:path';
import { fenceFor } from '../edits/fencedAnswer.ts';
import { assessPath } from '../permission/pathRisk.ts';
import { pathReasons } from '../permission/pathTable.ts';
import type { ImageRef } from '../protocol/images.ts';
import type { ContextSource, SessionContext } from '../protocol/sessionContext.ts';
import { t } from '../protocol/translate.ts';
import { readDevstralIgnore } from '../sessions/devstralIgnore.ts';
import type { SessionImages } from '../sessions/sessionImages.ts';
import type { Documents } from '../workspace/documents.ts';
import { shownPath } from '../workspace/shownPath.ts';
import { readFolder } from './folderContext.ts';
import { contextBlock } from './prompts/contextBlock.ts';

export interface ContextDeps {
  documents: Pick<Documents, 'read'>;
  roots(): readonly string[];
  /** What the prompt has already (`content` of its user messages): a piece that stands there word for word is only named. */
  earlier?: readonly string[];
  /** Puts an image beside the session's log; absent where it is only counted. */
  keepImage?: SessionImages['keep'];
}

/** One piece of context. `text` is for the model; `label` is for the person, with why it was not read if it was not. */
export interface ContextPart {
  text: string;
  label: string;
  image?: Pick<ImageRef, 'width' | 'height'> | ImageRef;
}

/** Characters: a piece above this goes along in part or not at all, and the model reads what it needs by its tools. */
export const longest = 200_000;

/**
 * What goes along with a message, as the model reads it, and as the person sees it ("app.py, lines 4-9"). Never throws for
 * what a file is: what is outside of the workspace, ignored, secret, not text or too large is said in a line.
 */
export async function readContext(
  context: readonly SessionContext[],
  deps: ContextDeps,
  signal: AbortSignal,
): Promise<{ text: string; attached: string[]; images: ImageRef[] }> {
  const parts = await contextParts(context, deps, signal);
  return {
    text: parts.flatMap(({ text }) => (text === '' ? [] : [text])).join('\n\n'),
    attached: parts.map(({ label }) => label),
    images: parts.flatMap(({ image }) => (image && 'file' in image ? [image] : [])),
  };
}

/** The pieces by themselves, in their order: the budget counts each. */
export async function contextParts(
  context: readonly SessionContext[],
  deps: ContextDeps,
  signal: AbortSignal,
): Promise<ContextPart[]> {
  const isIgnored = await readDevstralIgnore(deps.roots());
  const parts: ContextPart[] = [];
  for (const item of context) {
    signal.throwIfAborted();
    if (item.kind === 'image') {
      parts.push(await imagePart(item, deps.keepImage));
      continue;
    }
    const text = await textOf(item, { ...deps, isIgnored }, signal);
    const { label } = item;
    if ('refused' in text) parts.push({ text: `${text.refused} Not attached.`, label: `${label} (${text.short})` });
    else if (deps.earlier?.some((one) => one.includes(text.block))) parts.push({ text: asAbove(text.block), label });
    else parts.push({ text: text.block, label });
  }
  return parts;
}

type PieceText = { block: string } | { refused: string; short: string };

async function imagePart(
  { label, width, height, data }: Extract<SessionContext, { kind: 'image' }>,
  keep: ContextDeps['keepImage'],
): Promise<ContextPart> {
  const size = { width, height };
  if (!keep) return { text: '', label, image: size };
  const kept = await keep(Buffer.from(data, 'base64'), label);
  if ('refused' in kept)
    return { text: `${label} ${kept.refused}. Not attached.`, label: `${label} (${t(kept.refused)})` };
  return { text: '', label: `${label}, ${kept.width} × ${kept.height}`, image: kept };
}

async function textOf(
  item: ContextSource,
  deps: ContextDeps & { isIgnored: (path: string) => boolean },
  signal: AbortSignal,
): Promise<PieceText> {
  if (item.kind === 'text') return { block: textBlock(item.label, item.text) };
  const roots = deps.roots();
  const path = shownPath(roots, item.uri);
  // A rule for folders ("private/") is seen by what it holds.
  const ignored = deps.isIgnored(item.kind === 'folder' ? `${item.uri}/-` : item.uri);
  const refusal = refusalOf(item.uri, path, roots, ignored);
  if (refusal) return refusal;
  if (item.kind === 'folder') {
    const folder = await readFolder(item.uri, deps, signal);
    return folder === null ? missing(path) : { block: `${path}/:\n\n${folder}` };
  }
  const read = await deps.documents.read(item.uri, signal);
  if (read.kind === 'failed') {
    if (read.problem.code === 'fileMissing') return missing(path);
    return { refused: `${path}: ${read.problem.sentence}`, short: read.problem.title };
  }
  const { text } = read.file;
  const languageId = read.languageId ?? extname(path).slice(1);
  const block = contextBlock({ path, languageId, text, range: item.range });
  if (block.length <= longest) return { block };
  const lines = text.split('\n').length;
  return {
    refused: `${path} is too large to go along (${lines} lines): read the lines you need.`,
    short: t('too large'),
  };
}

/** Why nothing of a file or folder goes along; null if it may. */
function refusalOf(uri: string, path: string, roots: readonly string[], ignored: boolean): PieceText | null {
  const { verdict, place, reason } = assessPath(roots, uri, 'read');
  // A scheme of the editor's own would be taken for a path.
  if (!uri.startsWith('file:') || place.kind === 'outside') {
    return { refused: `${path} is outside of the workspace.`, short: t('outside the workspace') };
  }
  if (reason === pathReasons.secret) return { refused: `${path} holds secrets.`, short: t('holds secrets') };
  if (verdict !== 'plain') return { refused: `${path}: ${reason}.`, short: reason ?? '' };
  return ignored ? { refused: `.devstralignore names ${path}.`, short: t('in .devstralignore') } : null;
}

const missing = (path: string): PieceText => ({ refused: `There is no ${path}.`, short: t('not there') });

/** A text of the editor, in a fence that it cannot close. Of a long one the end stays: that is where output has its errors. */
function textBlock(label: string, text: string): string {
  const shown = text.length > longest ? `(cut: the last ${longest} characters)\n${text.slice(-longest)}` : text;
  const fence = fenceFor(shown);
  return `${label}:\n\n${fence}\n${shown.endsWith('\n') ? shown : `${shown}\n`}${fence}`;
}

/** The heading stays: "app.py, lines 4 to 9: as above, unchanged." */
const asAbove = (block: string) => `${block.slice(0, block.indexOf('\n')).replace(/:$/, '')}: as above, unchanged.`;

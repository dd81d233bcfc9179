import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { URI } from 'vscode-uri';
import { plainSize } from '../models/sizeText.ts';
import { isSecretPath } from '../permission/pathRisk.ts';
import type { Documents } from '../workspace/documents.ts';
import { type SearchPlace, searchPlaces } from '../workspace/search/searchPlace.ts';
import { walk } from '../workspace/search/walk.ts';
import { contextBlock } from './prompts/contextBlock.ts';

interface Deps {
  documents: Pick<Documents, 'read'>;
  roots(): readonly string[];
}

/** Entries of the listing. */
const mostEntries = 300;
/** Bytes of one file that still counts as small. */
const smallFile = 20_000;
/** Characters of all texts together. */
const allTexts = 60_000;

/**
 * A folder as the model reads it: what is in it with sizes, then the small text files whole, in their order, as far as they
 * fit. What ignore files name is left out; of files with secrets only the name is said. Null: there is no such folder.
 */
export async function readFolder(uri: string, deps: Deps, signal: AbortSignal): Promise<string | null> {
  const found = await searchPlaces(deps.roots(), uri, new Map());
  const place = 'places' in found ? found.places[0] : undefined;
  if (place?.kind !== 'folder') return null;
  const { lines, files, more } = await listing(place, signal);
  if (lines.length === 0) return '(empty, but for what is ignored)';
  const texts: string[] = [];
  let room = allTexts;
  let unread = 0;
  for (const { path, size } of files) {
    const shown = place.shown(path);
    const block = size > smallFile || isSecretPath(shown) ? null : await fileBlock(path, shown, deps, signal);
    if (block === null || block.length > room) unread++;
    else {
      texts.push(block);
      room -= block.length;
    }
  }
  const notes = [
    ...(more ? [`(more than ${mostEntries} entries: list a folder of these)`] : []),
    ...(unread > 0 ? [`(${unread} of ${files.length} files are not shown here: read those you need)`] : []),
  ];
  return [[...lines, ...notes].join('\n'), ...texts].join('\n\n');
}

async function listing(place: SearchPlace, signal: AbortSignal) {
  const lines: string[] = [];
  const files: { path: string; size: number }[] = [];
  for await (const { path, kind } of walk(place.path, place.rules, { signal })) {
    if (lines.length >= mostEntries) return { lines, files, more: true };
    if (kind === 'folder') lines.push(`${place.shown(path)}/`);
    if (kind === 'link') lines.push(`${place.shown(path)} (link)`);
    if (kind !== 'file') continue;
    const size = (await stat(path).catch(() => null))?.size ?? 0;
    lines.push(`${place.shown(path)} (${plainSize(size)})`);
    files.push({ path, size });
  }
  return { lines, files, more: false };
}

/** Null for what is no text. */
async function fileBlock(path: string, shown: string, deps: Deps, signal: AbortSignal): Promise<string | null> {
  const read = await deps.documents.read(URI.file(path).toString(), signal);
  if (read.kind === 'failed') return null;
  return contextBlock({
    path: shown,
    languageId: read.languageId ?? extname(path).slice(1),
    text: read.file.text,
  });
}

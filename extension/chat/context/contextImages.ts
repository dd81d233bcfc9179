import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { largestImage } from '../../../sidecar/protocol/imageTokens.ts';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../../sidecar/protocol/sessionContext.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import type { PanelMessage } from '../../../webview/panelMessage.ts';
import type { HostMessage } from '../../../webview/protocol.ts';
import { type ContextItem, nameOf } from './contextItem.ts';

type Added = Extract<PanelMessage, { type: 'addImage' }>;
type Sent = Extract<SessionContext, { kind: 'image' }>;
type Reason = Extract<PanelMessage, { type: 'imageRefused' }>['reason'];

/** An image that goes along; the same one twice is one. */
export function imageItem({ id, name, width, height, data, thumbnail }: Added): ContextItem {
  const label = name || t('image');
  const known = id ?? imageId(data);
  return {
    chip: { id: known, kind: 'image', label, path: label, image: { width, height, thumbnail } },
    context: { kind: 'image', label, width, height, data },
  };
}

/** Why an image does not go along. */
export function imageProblem(name: string, reason: Reason): ProblemReport {
  const reasons: Record<Reason, string> = {
    type: t('is no PNG, JPEG, WebP or GIF'),
    size: t('is larger than 10 MB'),
    broken: t('cannot be read as an image'),
  };
  return problem('contextRefused', { what: name || t('This image'), reason: reasons[reason] });
}

/** An image that was sent, for the panel to read once more: only there a thumbnail of it can be made. */
export function readImage({ label, data }: Sent): Extract<HostMessage, { type: 'readImage' }> {
  const id = imageId(data);
  return { type: 'readImage', id, name: label, mime: data.startsWith('iVBORw') ? 'image/png' : 'image/jpeg', data };
}

/** An image file for the panel to read, or why it cannot go along. */
export async function readImageFile(
  uri: vscode.Uri,
): Promise<Extract<HostMessage, { type: 'readImage' }> | ProblemReport> {
  const name = nameOf(uri);
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > largestImage) return imageProblem(name, 'size');
    const bytes = await vscode.workspace.fs.readFile(uri);
    const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
    const mime = `image/${ending === 'jpg' ? 'jpeg' : ending}`;
    return { type: 'readImage', id: `image:${uri}`, name, mime, data: Buffer.from(bytes).toString('base64') };
  } catch {
    return problem('fileMissing', { file: name });
  }
}

const imageId = (data: string) => `image:${createHash('sha256').update(data).digest('hex')}`;

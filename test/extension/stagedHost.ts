import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Review } from '../../extension/edits/registerReview.ts';
import type { DevstralApi } from '../../extension/extension.ts';
import { computeHunks } from '../../sidecar/edits/hunks.ts';
import type { ChangeSet, FileChange } from '../../sidecar/protocol/changes.ts';
import { absentFile, decodedText, hashText } from '../../sidecar/workspace/fileText.ts';
import type { FixHost } from './fixHost.ts';

/** The extension's own review. */
export async function reviewApi(): Promise<Review> {
  const extension = vscode.extensions.getExtension<DevstralApi>('devstral-vscode.devstral');
  assert.ok(extension);
  return (await extension.activate()).review;
}

/** One proposed file: `before` null makes it, `after` null deletes it. */
export function change(host: FixHost, name: string, before: string | null, after: string | null): FileChange {
  const base = before === null ? absentFile() : decodedText(before, { kind: 'disk', sha256: hashText(before) });
  return {
    uri: vscode.Uri.file(host.path(name)).toString(),
    operation: before === null ? 'create' : after === null ? 'delete' : 'edit',
    base,
    hunks: computeHunks(base.text, after ?? ''),
    proposedText: after ?? '',
  };
}

/** Edits as a session stages them: with another id each time they are asked for. */
export const staged = (...files: FileChange[]): ChangeSet => ({ id: randomUUID(), title: 'Mend the means', files });

/** Tabs of reviews. */
export const reviewTabs = () =>
  vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => tab.label.includes('Devstral'));

import { join } from 'node:path';
import type * as Jsonc from 'jsonc-parser/lib/esm/main.js';
import * as vscode from 'vscode';
import type { ServerEntry } from '../../sidecar/protocol/models.ts';
import { readServers } from './readServers.ts';

/**
 * The servers that a workspace's own files name. VS Code gives a workspace's value for a setting of machine scope to
 * nobody, so the files are read here; what they say is only ever shown to the person.
 */
export async function workspaceServers(): Promise<ServerEntry[]> {
  const { workspaceFolders = [], workspaceFile } = vscode.workspace;
  const settings = workspaceFolders.map(({ uri }) => readJson(vscode.Uri.joinPath(uri, '.vscode', 'settings.json')));
  const shared = workspaceFile?.scheme === 'file' ? readJson(workspaceFile).then((file) => file.settings) : null;
  const values = await Promise.all([...settings, shared]);
  return values.flatMap((value) => readServers(isRecord(value) ? value['devstral.servers'] : undefined));
}

/** Larger files are not settings that somebody wrote (bytes). */
const mostBytes = 1_000_000;

async function readJson(uri: vscode.Uri): Promise<Record<string, unknown>> {
  try {
    if ((await vscode.workspace.fs.stat(uri)).size > mostBytes) return {};
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    if (!text.includes('devstral.servers')) return {};
    // Few workspaces name servers: the reader of such files is a bundle of its own.
    const { extensionPath = '' } = vscode.extensions.getExtension('devstral-vscode.devstral') ?? {};
    const { parse } = require(join(extensionPath, 'dist', 'jsonc.cjs')) as typeof Jsonc;
    const value: unknown = parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

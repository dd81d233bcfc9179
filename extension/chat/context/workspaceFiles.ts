import * as vscode from 'vscode';
import { hasSecretName } from '../../../sidecar/protocol/secretNames.ts';
import { readIgnoreFiles } from './refusedFiles.ts';

/** A file or folder that can be offered. `path` is relative to the workspace, a folder's ends with "/". */
export interface KnownPath {
  uri: vscode.Uri;
  path: string;
  /** Of a folder: files below it. */
  files?: number;
}

/** Files that are looked at; what a larger workspace has beyond is found by opening it. */
const mostFiles = 20_000;

/** The workspace's files and folders, read once and again after something was made or removed. */
export interface WorkspaceFiles extends vscode.Disposable {
  all(): Promise<readonly KnownPath[]>;
}

export function createWorkspaceFiles(): WorkspaceFiles {
  let known: Promise<readonly KnownPath[]> | undefined;
  let watcher: vscode.Disposable | undefined;
  const forget = () => {
    known = undefined;
  };

  /** Only from the first search on: a window in which nobody types @ watches nothing. */
  function watch(): vscode.Disposable {
    const files = vscode.workspace.createFileSystemWatcher('**/*', false, true, false);
    return vscode.Disposable.from(
      files,
      files.onDidCreate(forget),
      files.onDidDelete(forget),
      vscode.workspace.onDidChangeWorkspaceFolders(forget),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('files.exclude') || event.affectsConfiguration('search.exclude')) forget();
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (/\/\.(?:git|devstral)ignore$/.test(uri.path)) forget();
      }),
    );
  }

  return {
    all() {
      watcher ??= watch();
      if (known) return known;
      const reading = readAll();
      known = reading;
      reading.catch(forget);
      return reading;
    },
    dispose: () => watcher?.dispose(),
  };
}

async function readAll(): Promise<KnownPath[]> {
  const [found, isIgnored] = await Promise.all([
    vscode.workspace.findFiles('**/*', searchExcludes(), mostFiles),
    readIgnoreFiles(['.gitignore', '.devstralignore']),
  ]);
  const offered = found.filter((uri) => !hasSecretName(vscode.workspace.asRelativePath(uri)) && !isIgnored(uri));
  const folders = new Map<string, KnownPath & { files: number }>();
  const files = offered.map((uri): KnownPath => {
    const path = vscode.workspace.asRelativePath(uri);
    const names = path.split('/');
    for (let depth = names.length - 1; depth > 0; depth--) {
      const folder = `${names.slice(0, depth).join('/')}/`;
      const one = folders.get(folder);
      if (one) one.files++;
      else folders.set(folder, { uri: parentOf(uri, names.length - depth), path: folder, files: 1 });
    }
    return { uri, path };
  });
  return [...files, ...folders.values()];
}

const parentOf = (uri: vscode.Uri, levels: number) =>
  uri.with({ path: uri.path.split('/').slice(0, -levels).join('/') });

/** `findFiles` knows files.exclude by itself; what the search leaves out is left out here too. */
function searchExcludes(): string | undefined {
  const setting = vscode.workspace.getConfiguration('search').get<Record<string, unknown>>('exclude', {});
  const globs = Object.keys(setting).filter((glob) => setting[glob] === true);
  return globs.length > 0 ? `{${globs.join(',')}}` : undefined;
}

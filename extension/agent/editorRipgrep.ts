import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

/** The ripgrep that VS Code searches with, or undefined; where it lies depends on the version. */
export function editorRipgrep(): string | undefined {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const packages = ['node_modules', 'node_modules.asar.unpacked'];
  const places = ['ripgrep/bin', `ripgrep-universal/bin/${process.platform}-${process.arch}`];
  const candidates = packages.flatMap((folder) =>
    places.map((place) => join(vscode.env.appRoot, folder, '@vscode', place, name)),
  );
  return candidates.find((file) => existsSync(file));
}

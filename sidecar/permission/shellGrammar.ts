import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Parser } from '@vscode/tree-sitter-wasm';

const nodeRequire = createRequire(import.meta.url);
let loading: Promise<Parser> | undefined;

/** A parser with the bash grammar, loaded once. Parsing is synchronous, so one is enough for all. */
export function bashParser(): Promise<Parser> {
  loading ??= (async () => {
    // CommonJS beside its wasm files, so it is not part of the bundle.
    const library = nodeRequire('@vscode/tree-sitter-wasm') as typeof import('@vscode/tree-sitter-wasm');
    const folder = dirname(nodeRequire.resolve('@vscode/tree-sitter-wasm'));
    await library.Parser.init({ locateFile: (name) => join(folder, name) });
    const parser: Parser = new library.Parser();
    parser.setLanguage(await library.Language.load(join(folder, 'tree-sitter-bash.wasm')));
    return parser;
  })();
  return loading;
}

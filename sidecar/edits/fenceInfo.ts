/** The line that opens a block. */
export interface Fence {
  character: string;
  length: number;
  indent: number;
  path: string | null;
  language: string | null;
}

const languagesWithDot = new Set(['asp.net', 'vb.net', 'objective-c++']);
const barePathNames = /^(?:Dockerfile|Makefile|Gemfile|Rakefile|Jenkinsfile|LICENSE|Procfile|CMakeLists\.txt)$/;
const attribute = /\b(?:path|file|filename|file_path|title|name)\s*[=:]\s*(?:"([^"]+)"|'([^']+)'|([^\s"'}]+))/i;

/** What the line that opens a fence says: a language, a path, or both (`python src/a.py`, `python:src/a.py`, `title="a.py"`). */
export function readInfo(info: string): { path: string | null; language: string | null } {
  const named = attribute.exec(info);
  if (named) {
    const rest =
      info
        .slice(0, named.index)
        .replace(/[{}\s:,]+$/g, '')
        .trim()
        .split(/\s+/)[0] ?? '';
    const path = named[1] ?? named[2] ?? named[3] ?? '';
    return { path: path === '' ? null : path, language: rest === '' || isPath(rest) ? null : rest };
  }
  const words = info.replace(/\{[^}]*\}/g, ' ').trim();
  if (words === '') return { path: null, language: null };
  const unquoted = unquote(words);
  if (!/\s/.test(words) || unquoted !== words) return readWord(unquoted);
  const [first = '', ...others] = words.split(/\s+/);
  const rest = unquote(others.join(' '));
  const word = readWord(first);
  // "src/my file.py": the first word alone is no file, all of them are.
  if (word.path !== null && !hasExtension(word.path) && hasExtension(words)) return { path: words, language: null };
  if (word.path !== null) return word;
  return isPath(rest) ? { path: rest, language: word.language } : word;
}

function readWord(word: string): { path: string | null; language: string | null } {
  // One letter before a colon is a drive.
  const pair = /^([A-Za-z][\w+#-]+):(?!\/\/)(.+)$/.exec(word);
  if (pair?.[2] !== undefined && isPath(pair[2])) return { path: pair[2], language: pair[1] ?? null };
  return isPath(word) ? { path: word, language: null } : { path: null, language: word };
}

/** Whether a word is a path: it has a slash, an extension, or is a well-known file name. */
export function isPath(word: string): boolean {
  if (word === '' || /[<>|"?*`]/.test(word) || languagesWithDot.has(word.toLowerCase())) return false;
  return /[/\\]/.test(word) ? /[^/\\.\s]/.test(word) : hasExtension(word) || barePathNames.test(word);
}

function hasExtension(word: string): boolean {
  return /(?:^|[^\s.])\.[A-Za-z][\w-]{0,15}$/.test(word);
}

function unquote(text: string): string {
  return /^(["'`])(.*)\1$/s.exec(text)?.[2] ?? text;
}

/** The path on a line that says nothing else, as models write it before a block: "### `src/a.py`:", "File: src/a.py". */
export function pathLine(line: string): string | null {
  const bare = line
    .trim()
    .replace(/^(?:#+|[-*+]|\d+[.)])\s+/, '')
    .replace(/^\*\*(.*)\*\*(:?)$/, '$1$2')
    .replace(/^(?:file ?name|file ?path|file|path)\s*:\s*/i, '')
    .replace(/:$/, '')
    .replace(/^\*\*(.*)\*\*$/, '$1')
    .replace(/^(["'`])(.*)\1$/, '$2')
    .replace(/:$/, '');
  return /\s/.test(bare) || !isPath(bare) || /^https?:/.test(bare) ? null : bare;
}

/** The fence that a line opens, or null. */
export function openFence(line: string): Fence | null {
  const match = /^( {0,12})(`{3,}|~{3,})(.*)$/.exec(line);
  const [, indent = '', run = '', info = ''] = match ?? [];
  if (match === null || (run.startsWith('`') && info.includes('`'))) return null;
  return { character: run.charAt(0), length: run.length, indent: indent.length, ...readInfo(info.trim()) };
}

/** Whether a line closes a fence: at least as many of its characters, alone. */
export function closesFence(line: string, fence: Fence): boolean {
  const text = line.trim();
  if (text.length < fence.length || indentOf(line) > fence.indent + 3) return false;
  return text === fence.character.repeat(text.length);
}

/** Columns before the first character that is no blank. */
export function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

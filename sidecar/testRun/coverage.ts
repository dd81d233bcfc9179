import { XMLParser } from 'fast-xml-parser';
import { type FileCoverage, LineHits } from './lineHits.ts';
import { relativeTo } from './testReport.ts';

/** Reads lcov, coverage.py's JSON, Cobertura's XML or Go's profile, whichever it is; null if none. Pure. */
export function readCoverage(text: string, goModule = ''): FileCoverage[] | null {
  const start = text.trimStart();
  if (start.startsWith('{')) return readCoveragePy(start);
  if (start.startsWith('<')) return readCobertura(start);
  if (/^mode: (?:set|count|atomic)$/m.test(start)) return readGoCover(start, goModule);
  return /^SF:/m.test(start) ? readLcov(start) : null;
}

/** geninfo(1): SF begins a file, DA is line and hits. A file may come several times: a line that ran once has run. */
function readLcov(text: string): FileCoverage[] {
  const hits = new LineHits();
  let file = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('SF:')) file = line.slice(3).trim();
    const found = /^DA:(\d+),(\d+)/.exec(line);
    if (found) hits.add(file, Number(found[1]), Number(found[2]));
  }
  return hits.files();
}

function readCoveragePy(text: string): FileCoverage[] | null {
  try {
    const { files } = JSON.parse(text) as {
      files?: Record<string, { missing_lines: number[]; executed_lines: number[] }>;
    };
    if (!files) return null;
    return Object.entries(files).map(([file, { missing_lines: missing, executed_lines: ran }]) => ({
      file,
      missing,
      lines: missing.length + ran.length,
    }));
  } catch {
    return null;
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => ['source', 'package', 'class', 'line'].includes(name),
});

interface Cobertura {
  coverage?: {
    packages?: {
      package?: {
        classes?: { class?: { filename?: string; lines?: { line?: { number: string; hits: string }[] } }[] };
      }[];
    };
  };
}

function readCobertura(text: string): FileCoverage[] | null {
  let parsed: Cobertura;
  try {
    parsed = parser.parse(text);
  } catch {
    return null;
  }
  if (!parsed.coverage?.packages) return null;
  const hits = new LineHits();
  for (const { classes } of parsed.coverage.packages.package ?? []) {
    for (const { filename = '', lines } of classes?.class ?? []) {
      for (const line of lines?.line ?? []) hits.add(filename, Number(line.number), Number(line.hits));
    }
  }
  return hits.files();
}

/** golang.org/x/tools/cover: `file:line.column,line.column statements count`; blocks of several tests overlap. */
function readGoCover(text: string, module: string): FileCoverage[] {
  const hits = new LineHits();
  for (const [, path = '', from, fromColumn, to, toColumn, count] of text.matchAll(
    /^(.+):(\d+)\.(\d+),(\d+)\.(\d+) \d+ (\d+)$/gm,
  )) {
    const file = module !== '' && path.startsWith(`${module}/`) ? path.slice(module.length + 1) : path;
    // A block begins after the brace and ends before or after the next: lines that hold only a brace say nothing.
    const last = Number(toColumn) <= 2 ? Number(to) - 1 : Number(to);
    const first =
      Number(fromColumn) > 1 && last > Number(from) && Number(toColumn) <= 3 ? Number(from) + 1 : Number(from);
    for (let line = first; line <= last; line++) hits.add(file, line, Number(count));
  }
  return hits.files();
}

const mostFiles = 20;
const mostRanges = 40;
const isTest = /(?:^|\/)(?:tests?|__tests__|spec)\/|(?:^|\/)(?:test_[^/]*|conftest)\.py$|[._-](?:test|spec)\.\w+$/;

/** For the model: the lines that no test ran, the files with most of them first. Pure. */
export function coverageText(files: readonly FileCoverage[], root: string): string {
  const own = files
    .map((entry) => ({ ...entry, file: relativeTo(root, entry.file) }))
    .filter(({ file }) => !isTest.test(file) && !/(?:^|\/)node_modules\//.test(file));
  const total = own.reduce((sum, { lines }) => sum + lines, 0);
  const missing = own.reduce((sum, entry) => sum + entry.missing.length, 0);
  if (total === 0) return 'No lines were measured.';
  const percent = Math.floor((100 * (total - missing)) / total);
  const open = own.filter((entry) => entry.missing.length > 0).sort((a, b) => b.missing.length - a.missing.length);
  const shown = open.slice(0, mostFiles).map(({ file, missing }) => `${file}: ${rangesText(missing)}`);
  const more = open.length > mostFiles ? [`(${open.length - mostFiles} files more)`] : [];
  return [`${percent} % of ${total} lines ran in a test.${open.length > 0 ? ' Not run:' : ''}`, ...shown, ...more].join(
    '\n',
  );
}

/** "3-5, 9". Pure. */
export function rangesText(lines: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const line of lines) {
    const last = ranges.at(-1);
    if (last && line === last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  const shown = ranges.slice(0, mostRanges).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return shown.join(', ') + (ranges.length > mostRanges ? ', ...' : '');
}

import { shortMessage, type TestFailure, type TestReport } from './testReport.ts';

const summary = /^=* ?((?:\d+ [a-z]+(?:, )?)+|no tests ran) in [\d.]+s\b.*$/gm;

/** What pytest prints, with short or long tracebacks, quiet or not. Null without its closing line. */
export function readPytest(text: string): TestReport | null {
  const counts = [...text.matchAll(summary)].at(-1)?.[1];
  if (counts === undefined) return null;
  const count = (...names: string[]) =>
    names.reduce((sum, name) => sum + Number(new RegExp(`(\\d+) ${name}\\b`).exec(counts)?.[1] ?? 0), 0);
  return {
    passed: count('passed', 'xpassed'),
    failed: count('failed', 'errors?'),
    skipped: count('skipped', 'xfailed'),
    failures: failuresOf(text),
  };
}

/** Options that projects write into addopts, and the plugins that know them. */
const plugins: readonly [option: RegExp, name: string][] = [
  [/^--(?:no-)?cov(?:[-=]|$)/, 'pytest-cov'],
  [/^(?:-n\d*|--numprocesses|--dist|--maxprocesses)(?:=|$)/, 'pytest-xdist'],
  [/^--timeout(?:[-=]|$)/, 'pytest-timeout'],
  [/^--asyncio-mode(?:=|$)/, 'pytest-asyncio'],
];

/**
 * What to install where pytest knows none of a plugin's options; null if that is not why it ended. Without the options it
 * would run other tests than the project means, or run them otherwise.
 */
export function missingPlugins(command: string, output: string): string | null {
  const python = /^(.*?) -m pytest /.exec(command)?.[1];
  const options = /^.*: error: unrecognized arguments: (.+)$/m.exec(output)?.[1]?.split(' ') ?? [];
  const missing = plugins.flatMap(([option, name]) => {
    const named = options.find((each) => option.test(each))?.replace(/=.*/, '');
    return named === undefined ? [] : [{ named, name }];
  });
  if (python === undefined || missing.length === 0) return null;
  const named = missing.map((each) => `${each.named} of ${each.name}`).join(', ');
  const install = `${python} -m pip install ${missing.map(({ name }) => name).join(' ')}`;
  return `The settings of pytest name what is not installed (${named}): ${install}`;
}

/** A line of the short summary: node id and what was said, cut by pytest. */
const summaryLine = /^(?:FAILED|ERROR) (\S+?\.py(?:::.*?)?)(?: - (.*))?$/gm;

function failuresOf(text: string): TestFailure[] {
  const blocks = blocksOf(text);
  const named = [...text.matchAll(summaryLine)].map(([, id = '', said = '']) => {
    const at = blocks.findIndex(({ title }) => title === titleOf(id));
    const block = at < 0 ? undefined : blocks.splice(at, 1)[0];
    return failureOf(id, block?.body ?? '', said);
  });
  // Without a short summary the blocks are all there is.
  return [...named, ...blocks.map(({ title, body }) => failureOf(title, body, ''))];
}

/** Node id as the head of its block: `tests/a.py::TestMore::test_x` is `TestMore.test_x`, a file alone is being collected. */
function titleOf(id: string): string {
  const [file = '', ...path] = id.split('::');
  return path.length > 0 ? path.join('.') : file;
}

function blocksOf(text: string): { title: string; body: string }[] {
  const blocks: { title: string; body: string }[] = [];
  let open: { title: string; lines: string[] } | null = null;
  const close = () => {
    if (open) blocks.push({ title: open.title, body: open.lines.join('\n') });
    open = null;
  };
  let inside = false;
  for (const line of text.split('\n')) {
    const section = /^={3,} (.+?) ={3,}$/.exec(line)?.[1];
    if (section !== undefined) {
      close();
      inside = section === 'FAILURES' || section === 'ERRORS';
      continue;
    }
    const head = inside ? /^_{3,} (.+?) _{3,}$/.exec(line)?.[1] : undefined;
    if (head === undefined) {
      (open as { lines: string[] } | null)?.lines.push(line);
      continue;
    }
    close();
    open = { title: head.replace(/^ERROR (?:at (?:setup|teardown) of|collecting) /, ''), lines: [] };
  }
  close();
  return blocks;
}

function failureOf(name: string, body: string, said: string): TestFailure {
  const places = [...body.matchAll(/^([^\s:]+\.py):(\d+): /gm)].filter(
    ([, file]) => !/^\/|site-packages/.test(file ?? ''),
  );
  const place = places.at(-1);
  const file = place?.[1] ?? /^[^:]+\.py/.exec(name)?.[0];
  const errors = [...body.matchAll(/^E {3}(.*)$/gm)].map(([, line = '']) => line);
  return {
    name,
    ...(file !== undefined && { file }),
    ...(place && { line: Number(place[2]) }),
    message: shortMessage(errors.join('\n') || said || 'failed'),
  };
}

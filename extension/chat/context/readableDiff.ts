/** Characters of one diff: what is beyond is only named. */
const longest = 100_000;

/**
 * A diff of git as it goes along: without the files that stay hidden, and cut at whole files where it is long. What was
 * left out is said. `fresh`: paths that git does not know yet, which no diff shows. Empty if there is nothing. Pure.
 */
export function readableDiff(diff: string, fresh: readonly string[], isHidden: (path: string) => boolean): string {
  const files = diff.split(/^(?=diff --git )/m).filter((part) => part.startsWith('diff --git '));
  const out: string[] = [];
  const cut: string[] = [];
  let hidden = 0;
  let room = longest;
  for (const file of files) {
    const path = pathOf(file);
    if (isHidden(path)) hidden++;
    else if (file.length > room) cut.push(path);
    else {
      out.push(file.trimEnd());
      room -= file.length;
    }
  }
  const untracked = fresh.filter((path) => !isHidden(path));
  if (untracked.length > 0) out.push(`New files that git does not know yet: ${untracked.join(', ')}`);
  if (cut.length > 0) out.push(`(too long to show: ${cut.join(', ')})`);
  if (hidden > 0) out.push(`(${hidden} files with secrets or ignored ones are left out)`);
  return out.join('\n');
}

/** Of the new side, or of the old one where the file is gone. */
function pathOf(file: string): string {
  const names = ['+++ b/', '--- a/', 'rename to '].map((start) => lineAfter(file, start));
  return unquoted(names.find((name) => name !== undefined) ?? /^diff --git .* "?b\/(.*?)"?$/m.exec(file)?.[1] ?? '');
}

function lineAfter(file: string, start: string): string | undefined {
  for (const line of file.split('\n')) {
    if (line.startsWith('@@')) return undefined;
    if (line.startsWith(start)) return line.slice(start.length);
    const quoted = start.replace(/(?=[ab]\/$)/, '"');
    if (quoted !== start && line.startsWith(quoted)) return line.slice(quoted.length, -1);
  }
  return undefined;
}

/** Git ends a name with a blank in it by a tab. */
const unquoted = (path: string) => path.replace(/\t$/, '');

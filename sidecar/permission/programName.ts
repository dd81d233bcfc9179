import type { Part } from './commandPart.ts';
import { isVenvPython, type Places, pathProblem } from './commandPaths.ts';
import { reasons } from './commandRow.ts';
import { commands } from './commandTable.ts';
import { systemPrograms, wrappers } from './shellTable.ts';

/** The program's name in the table of commands; null where the program itself is the problem. */
export function programName(text: string, part: Part, places: Places): string | null {
  let called = text;
  if (text.includes('/')) {
    const system = systemPrograms.exec(text)?.[1];
    if (system === undefined) {
      const problem = pathProblem(places, text, 'read');
      if (problem !== null && !isVenvPython(places, text)) {
        part.add('high', reasons.elsewhere);
        return null;
      }
      part.add('medium', reasons.project, true);
    }
    called = system ?? text.slice(text.lastIndexOf('/') + 1);
  }
  called = called.replace(/\.(?:exe|cmd|bat|com|ps1)$/i, '');
  const lower = called.toLowerCase();
  const bare = lower.replace(
    /(?<=^(?:python|pypy|pip|node|ruby|perl|php|lua|gcc|g\+\+|clang|clang\+\+|clang-format|java))-?\d[\d.]*$/,
    '',
  );
  // A file system that folds case runs `rm` for `RM`.
  if (lower !== called && called !== 'Rscript' && !text.includes('/')) part.add('high', reasons.name);
  if (called === 'Rscript') return called;
  // GNU's tools beside a system's own: `gfind`, `grm`.
  const known = (name: string) => Object.hasOwn(commands, name) || Object.hasOwn(wrappers, name);
  return !known(bare) && bare.startsWith('g') && known(bare.slice(1)) ? bare.slice(1) : bare;
}

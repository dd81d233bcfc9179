import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isOption } from './commandOptions.ts';
import type { Part } from './commandPart.ts';
import { pathProblem } from './commandPaths.ts';
import type { CommandRating } from './commandRating.ts';
import { type CommandRow, reasons, type Special } from './commandRow.ts';
import { isSomeFile, withFile } from './commandWrappers.ts';
import { awkProgramIsPlain, sedScriptIsPlain } from './scriptedFilters.ts';
import { harmlessGitSettings, interpreters } from './shellTable.ts';
import type { Word } from './shellWord.ts';

interface Call {
  rating: CommandRating;
  row: CommandRow;
  /** With subcommands. */
  name: string;
  args: Word[];
  part: Part;
  /** Variables are set in the same command. */
  assigns: boolean;
}

/** What is left to be rated by a row, or null where nothing is. */
type Left = { row: CommandRow; args: Word[] } | null;

const text = (word: Word | undefined) => word?.text ?? null;

/** The row without its special. */
function plain({ special: _, ...row }: CommandRow): CommandRow {
  return row;
}

/** Programs whose arguments are a language of their own. Each adds what it finds and leaves the rest to the row. */
export const specials: Record<Special, (call: Call) => Left> = {
  git({ rating, row, args, part }) {
    let at = 0;
    for (; at < args.length && isOption(args[at] as Word); at++) {
      const option = text(args[at]) ?? '';
      if (option === '-c') {
        at++;
        if (!harmlessGitSettings.test(text(args[at]) ?? '`')) part.add('high', reasons.settings);
      } else if (option === '-C') {
        at++;
        changeFolder(rating, args[at], part);
      } else if (option === '--version') return null;
      else if (!/^--(?:no-pager|no-optional-locks|literal-pathspecs)$/.test(option)) part.add('high', reasons.settings);
    }
    return { row: plain(row), args: args.slice(at) };
  },

  checkout({ rating, row, args, part }) {
    const words = args.map(text);
    const creates = words.some((word) => word === '-b' || word === '-q');
    const named = args.filter((word) => !isOption(word));
    const known = words.every((word) => word !== null && (!word.startsWith('-') || /^-[bq]$/.test(word)));
    // One name that is no path is a branch; git refuses to lose changes for it.
    const branch =
      named.length === 1 && rating.places.cwds.every((cwd) => !existsSync(join(cwd, text(named[0]) ?? '.')));
    if (!known || !(branch || (creates && words.includes('-b')))) part.add('high', reasons.discards);
    return { row: plain(row), args };
  },

  cd({ rating, args, part }) {
    const [folder, ...more] = args.filter((word) => !isOption(word));
    if (more.length > 0 || args.some((word) => isOption(word) && text(word) !== '--'))
      part.add('high', reasons.unreadable);
    else changeFolder(rating, folder, part);
    return null;
  },

  eval({ rating, args }) {
    const words = args.map(text);
    rating.script(words.includes(null) ? null : words.join(' '));
    return null;
  },

  declare({ args, part, assigns, name }) {
    // A subscript is arithmetic, which can run commands.
    if (args.some((word) => !/^(?:-[xrlugp]+|\w+)$/.test(text(word) ?? ' '))) {
      part.add('high', reasons.shell);
    } else if (!assigns && name !== 'unset') part.add('high', reasons.environment);
    return null;
  },

  set({ args, part }) {
    const known = /^(?:[-+][euxofv]+|errexit|nounset|pipefail|xtrace|noglob|verbose)$/;
    if (args.length === 0) part.add('high', reasons.environment);
    else if (args.some((word) => !known.test(text(word) ?? ''))) part.add('high', reasons.shell);
    return null;
  },

  read({ args, part }) {
    // A name may be `a[$(command)]`, which runs it; capitals are variables that programs look at.
    if (args.some((word) => !/^(?:-[rs]+|[a-z_]\w*)$/.test(text(word) ?? ' '))) part.add('high', reasons.shell);
    return null;
  },

  trap({ rating, args }) {
    const [action] = args;
    if (text(action) !== '-' && text(action) !== '') rating.script(text(action));
    return null;
  },

  rm({ row, args, part }) {
    if (args.some(({ pattern }) => pattern !== undefined)) part.add('high', reasons.deletes);
    return { row: plain(row), args };
  },

  uniq({ row, args, part }) {
    const named = args.filter((word) => !isOption(word));
    const writes = named.length > 1;
    if (writes || args.some(({ text }) => text?.startsWith('-r'))) part.add('medium', reasons.files);
    return { row: writes ? { ...plain(row), writes: true } : plain(row), args };
  },

  find({ rating, row, args, part }) {
    const paths: Word[] = [];
    let at = 0;
    for (; at < args.length; at++) {
      const option = text(args[at]) ?? '';
      if (/^-(?:exec|execdir|ok|okdir)$/.test(option)) {
        const end = args.findIndex((word, index) => index > at && (text(word) === ';' || text(word) === '+'));
        const inner = args.slice(at + 1, end < 0 ? undefined : end);
        const deletes = /^(?:\/bin\/|\/usr\/bin\/)?(?:rm|unlink|rmdir|mv|shred)$/.test(text(inner[0]) ?? '');
        if (end < 0 || inner.length === 0) part.add('high', reasons.unreadable);
        else if (deletes) part.add('high', reasons.deletesFolders);
        rating.inner(withFile(inner, '{}'));
        at = end < 0 ? args.length : end;
      } else if (option === '-delete') part.add('high', reasons.deletesFolders);
      else if (/^-(?:L|follow)$/.test(option)) part.add('high', reasons.links);
      else if (/^-(?:fprint0?|fprintf|fls)$/.test(option)) part.add('high', reasons.files);
      else if (
        /^-(?:i?name|i?path|i?wholename|i?regex|regextype|type|xtype|maxdepth|mindepth|size|[amc]time|[amc]min|user|group|perm|printf|links)$/.test(
          option,
        )
      ) {
        // A test with a value that is no path.
        at++;
      } else if (/^-(?:newer\w*|samefile)$/.test(option)) paths.push(args[++at] ?? { raw: '', text: null });
      else if (
        /^(?:-[HP]|-print0?|-ls|-prune|-quit|-o|-a|-or|-and|-not|-depth|-mount|-xdev|-empty|-readable|-writable|-executable|-true|-false|-noleaf|-daystart|[()!,])$/.test(
          option,
        )
      ) {
        // Neither a path nor an action.
      } else if (option.startsWith('-')) part.add('high', reasons.unreadable);
      else paths.push(args[at] as Word);
    }
    return { row: plain(row), args: paths };
  },

  sed({ rating, row, args, part }) {
    const files: Word[] = [];
    const scripts: (Word | undefined)[] = [];
    let inPlace = false;
    for (let at = 0; at < args.length; at++) {
      const word = args[at] as Word;
      const option = text(word) ?? '';
      if (/^-[nErsuz]*i|^--in-place/.test(option)) inPlace = true;
      else if (/^-[nErsuz]*e$|^--expression$/.test(option)) scripts.push(args[++at]);
      else if (/^-[nErsuz]+$|^--(?:quiet|silent|posix|regexp-extended|null-data)$/.test(option)) continue;
      else if (isOption(word)) part.add('high', reasons.inline);
      else files.push(word);
    }
    if (scripts.length === 0) scripts.push(files.shift());
    if (scripts.some((script) => !sedScriptIsPlain(text(script) ?? 'e'))) part.add('high', reasons.inline);
    if (!inPlace) return { row: plain(row), args: files };
    part.add('medium', reasons.files, true);
    rating.paths(files, part, 'write');
    return null;
  },

  awk({ rating, row, args, part }) {
    const files: Word[] = [];
    let fromFile = false;
    for (let at = 0; at < args.length; at++) {
      const word = args[at] as Word;
      const option = text(word) ?? '';
      if (option === '-F' || option === '-v') at++;
      else if (option === '-f') {
        fromFile = true;
        part.add('medium', reasons.project, true);
        rating.paths([args[++at] ?? { raw: '', text: null }], part, 'read');
      } else if (/^-[Fv]./.test(option)) continue;
      else if (isOption(word)) part.add('high', reasons.inline);
      else files.push(word);
    }
    if (!fromFile && !awkProgramIsPlain(text(files.shift()) ?? '@')) part.add('high', reasons.inline);
    return { row: plain(row), args: files };
  },

  tar({ row, args, part }) {
    const [first, ...rest] = args.map((word) => text(word) ?? '--');
    const letters = [first?.replace(/^(?!-)/, '-') ?? '--', ...rest].filter((word) => word.startsWith('-'));
    const known = /^(?:-[cztjJvfCk]+|--(?:create|list|gzip|xz|bzip2|verbose|file|exclude|directory)(?:=.*)?)$/;
    if (letters.some((word) => !known.test(word))) part.add('high', reasons.unpacks);
    const lists = letters.some((word) => /^-[^-]*t|^--list/.test(word));
    const files = text(args[0])?.startsWith('-') ? args : args.slice(1);
    return { row: lists ? { risk: 'low' } : plain(row), args: files };
  },

  shell({ rating, row, args, part }) {
    let at = 0;
    for (; at < args.length; at++) {
      const option = text(args[at]);
      if (option === null || !/^[-+]/.test(option)) break;
      if (/^-[euxl]*c[euxl]*$/.test(option)) {
        rating.script(isSomeFile(args[at + 1]) ? null : text(args[at + 1]));
        rating.paths(args.slice(at + 2), part, 'read');
        return null;
      }
      if (option === '-o') at++;
      else if (!/^(?:-[euxnl]+|--(?:norc|noprofile|login|posix))$/.test(option)) part.add('high', reasons.given);
    }
    return script({ row, args: args.slice(at), part });
  },

  interpreter({ row, name, args, part }) {
    const known = Object.hasOwn(interpreters, name) ? interpreters[name] : undefined;
    let at = 0;
    let tests = false;
    if (name === 'deno') {
      if (!/^(?:fmt|lint|check|test)$/.test(text(args[0]) ?? '')) part.add('high', reasons.given);
      return { row: plain(row), args: args.slice(1) };
    }
    for (; at < args.length; at++) {
      const option = text(args[at]);
      if (option === null || !option.startsWith('-') || option === '-') break;
      if (option === '-m' && known?.modules) {
        const module = text(args[at + 1]) ?? '';
        if (!known.modules.test(module)) part.add('high', module === 'pip' ? reasons.installs : reasons.given);
        return { row: plain(row), args: args.slice(at + 2) };
      }
      if (option === '--test') tests = true;
      if (/^(?:-v|-V)$/.test(option) && args.length === 1) return null;
      if (!known?.flags.test(option)) part.add('high', reasons.inline);
    }
    // It finds its scripts itself.
    if (tests && name === 'node') return { row: plain(row), args: args.slice(at) };
    return script({ row, args: args.slice(at), part });
  },

  npx({ rating, args, part }) {
    const at = args.findIndex((word) => !/^(?:--no-install|--no|--yes|-y|--quiet|-q|--)$/.test(text(word) ?? ''));
    const rest = args.slice(at);
    const program = text(rest[0]);
    const remembered = args.slice(0, at).some((word) => /^--no/.test(text(word) ?? ''));
    const local = (folder: string) => existsSync(join(folder, 'node_modules', '.bin', program ?? ''));
    const here = rating.places.cwds.every((cwd) => local(cwd) || rating.places.roots.some(local));
    if (at < 0 || program == null || !/^[\w.-]+$/.test(program) || program.startsWith('-') || !(here || remembered)) {
      part.add('high', reasons.installs, true);
    } else {
      part.add('medium', reasons.project, true);
      rating.program(rest, part, { assigns: false });
    }
    return null;
  },
};

/** A script and its arguments. Without one, or with `-`, the program runs what it reads. */
function script({ row, args, part }: Pick<Call, 'row' | 'args' | 'part'>): Left {
  const path = text(args[0]);
  if (path === null || path === '-' || path === '') part.add('high', reasons.given);
  return { row: plain(row), args };
}

function changeFolder(rating: CommandRating, folder: Word | undefined, part: Part) {
  const path = text(folder);
  if (path === null || path === '-' || folder?.tilde || folder?.pattern !== undefined)
    return part.add('high', reasons.elsewhere);
  const problem = pathProblem(rating.places, path, 'read');
  if (problem !== null) return part.add('high', problem);
  const { cwds } = rating.places;
  const next = cwds.map((cwd) => (path.startsWith('/') ? path : join(cwd, path)));
  cwds.push(...next.filter((each, index) => !cwds.includes(each) && next.indexOf(each) === index));
  if (cwds.length > 16) part.add('high', reasons.unreadable);
}

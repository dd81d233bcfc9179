import { readFileSync, readlinkSync } from 'node:fs';
import { membersOf, processTable, type Tree } from './processTable.ts';

/** Lines with which programs ask: a question, a choice in brackets, a password, "press any key", a pager, a prompt. */
const prompts: readonly RegExp[] = [
  /\?\s*$/,
  /[[(]y(?:es)?[/|][^\])]*[\])]\s*[:?>]?\s*$/i,
  /(?:password|passphrase|passcode|username|login|pin)\b[^:]*:\s*$/i,
  /(?:press|hit) (?:any key|enter|return|\[?enter\]?)\b/i,
  /^(?:--More--.*|\(END\)|:)\s*$/,
  /^(?:>>>|\.\.\.|\.\.\.>|In \[\d+\]:|\w*[>$#])\s*$/,
  /\b(?:enter|type|choose|select|input|your|name|continue|confirm|proceed)\b[^:>]*[:>]\s*$/i,
];

/** Whether a line without end looks as if a program waits for an answer. Pure. */
export const looksLikePrompt = (line: string): boolean =>
  line.trim() !== '' && line.length < 400 && prompts.some((prompt) => prompt.test(line));

/** What programs say that wanted to ask and found nobody. */
const refusals: readonly RegExp[] = [
  /EOFError: EOF when reading a line/,
  /(?:stdin|standard input|input device|input) is not (?:a|from a) (?:tty|terminal)/i,
  /a terminal is required|no tty present|not a tty\b|Inappropriate ioctl for device/i,
  /cannot open \/dev\/tty|\/dev\/tty: No such device/i,
  /terminal prompts disabled|could not read (?:Username|Password) for/i,
  /Permission denied \((?:publickey|password)|Host key verification failed/,
  /non-?interactive (?:mode|terminal|environment)/i,
  /Error opening terminal|cannot find terminfo|unexpected end of input.*prompt/i,
  /Aborting commit due to empty commit message/,
];

/** What a program said that wanted input and got none, or null. Pure. */
export function refusedInput(output: string, openLine: string, command: string): string | null {
  const lines = output.split('\n');
  const said = lines.find((line) => refusals.some((refusal) => refusal.test(line)));
  if (said !== undefined) return said.trim().slice(0, 200);
  // A prompt is the last thing it wrote, on a line that no answer ended.
  if (looksLikePrompt(openLine)) return openLine.trim().slice(0, 200);
  return shellRead.test(command) ? 'read' : null;
}

/** The shell's `read` from standard input, outside of loops and without a redirection: it finds the end at once. */
const shellRead =
  /^(?!.*(?:<|\|\s*(?:while|read)|\bwhile\b)).*(?:^|[;&({]|\bthen\b|\bdo\b)\s*(?:IFS=\S*\s+)?read(?:\s|$)/;

/** For the model: what to do instead of waiting for a person at the keyboard. */
export const inputAdvice =
  'Nobody can type into a command: its input is empty. Give answers as arguments, with a flag such as --yes, or by a pipe or here-document.';

/** Whether a process of the tree reads a terminal that it made for itself. Linux; elsewhere false. */
export function readsTerminal(pids: readonly number[]): boolean {
  if (process.platform !== 'linux') return false;
  return pids.some((pid) => {
    try {
      // proc(5): the number of the call that it waits in and its arguments; read is 0 on x86-64 and 63 on arm64.
      const [call, descriptor] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ');
      if (call !== (process.arch === 'arm64' ? '63' : '0') || descriptor === undefined) return false;
      return /^\/dev\/(?:pts\/|tty|console)/.test(readlinkSync(`/proc/${pid}/fd/${Number(descriptor)}`));
    } catch {
      return false;
    }
  });
}

/**
 * Looks at a quiet command: `terminal` if one of its processes reads a terminal, `prompt` if its last line looks like a
 * question and nothing of it has computed since the last look.
 */
export function createInputWatch(tree: Tree): (lastLine: string) => Promise<'terminal' | 'prompt' | null> {
  let before = -1;
  return async (lastLine) => {
    const members = membersOf(tree, await processTable());
    const ticks = members.reduce((sum, entry) => sum + entry.ticks, 0);
    const idle = ticks === before;
    before = ticks;
    if (!idle) return null;
    if (readsTerminal(members.map(({ pid }) => pid))) return 'terminal';
    return looksLikePrompt(lastLine) ? 'prompt' : null;
  };
}

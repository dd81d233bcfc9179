import type { OutputRoom } from './outputText.ts';

export interface CommandRequest {
  /** Program and arguments, with shell and sandbox. */
  argv: readonly string[];
  /** The command as the model wrote it. */
  command: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** The value of `markName` in `env`. */
  mark: string;
  /** Folder for whole outputs. */
  outputFolder: string;
  limitMs: number;
  signal: AbortSignal;
  /** Whole lines as they come, at most about ten times a second. */
  onOutput(text: string): void;
  /** Asked when the limit is reached, and when it seems to wait for input. The signal says that the question is settled. */
  onWait(reason: WaitReason, signal: AbortSignal): Promise<'wait' | 'stop'>;
  /** After a stop: ends what killing the tree does not reach (a container). */
  afterStop?: () => Promise<void>;
  room?: OutputRoom;
  /** Milliseconds without output after which it is looked whether it waits for input. */
  quietMs?: number;
}

export type WaitReason = { kind: 'limit'; ms: number } | { kind: 'input'; line: string };

export type CommandEnd =
  | { kind: 'exited'; code: number }
  | { kind: 'signalled'; signal: string }
  | { kind: 'stopped'; by: 'person' | 'limit' | 'input' }
  | { kind: 'notStarted'; reason: string };

export interface CommandRun {
  end: CommandEnd;
  ms: number;
  /** Head and tail of the output, cleaned. */
  output: string;
  /** The whole output as it came; null if there was none. */
  file: string | null;
  bytes: number;
  /** What it asked for and got no answer to. */
  wanted: string | null;
  /** What still runs in the background. */
  background: { pid: number; commandLine: string }[];
}

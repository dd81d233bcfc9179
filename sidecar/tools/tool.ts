import type * as z from 'zod';
import type { Host } from '../host/host.ts';
import type { CommandRisk } from '../permission/commandRisk.ts';
import type { ImageRef } from '../protocol/images.ts';
import type { SessionImages } from '../sessions/sessionImages.ts';
import type { WorkspaceFiles } from '../workspace/workspaceFiles.ts';

/**
 * What a call touches. With the mode it decides whether the call runs, is asked about, or is refused:
 * `none` (thinking, plans), `read` (files as the model sees them, staged edits included), `edit` (stages or writes files),
 * `disk` (reads what only the disk has right: diagnostics, symbols, git), `command` (runs a program), `network`.
 */
export type Effect = 'none' | 'read' | 'edit' | 'disk' | 'command' | 'network';

export type Risk = 'low' | 'medium' | 'high';

/** What a person is asked about one call, and what "always" would store. */
export interface Assessment {
  risk: Risk;
  /** The exact thing: the whole command, the path, the address. */
  what: string;
  /** Folder or host, where it matters. */
  where?: string;
  /** Why it has this risk, a line each. */
  reasons: string[];
  /** The rule that "Always" would store; absent where nothing may be allowed for ever. */
  rule?: string;
  /** Why no consent helps: it is refused in every mode. */
  refused?: string;
  /** What a command line runs, for the stored rules. */
  command?: CommandRisk;
}

export interface ToolResult {
  ok: boolean;
  /** For the model. */
  text: string;
  /** For the card: at most 60 characters, without the tool's name ("6 hits", "exit 1", "+12 -3"). */
  summary: string;
  /** What the call looked at, kept (`ToolContext.keepImage`). */
  images?: ImageRef[];
  /** The call ends the turn (`finish`), with `text` as the answer. */
  ends?: true;
}

export interface ToolContext {
  /** Absolute real paths of the workspace's folders; the first is where commands run. */
  roots: readonly string[];
  files: WorkspaceFiles;
  host: Host;
  signal: AbortSignal;
  /** Keeps an image that the model is to be shown; absent: the model does not see. */
  keepImage?: SessionImages['keep'];
  /** Asks the person; null where nobody answers (no terminal, or they left the question). */
  askPerson(question: string, choices: readonly string[], signal: AbortSignal): Promise<string | null>;
  /** Output while it comes, for the card; the model gets what `run` answers. */
  say(output: string): void;
}

/** One tool. `run` never throws for what a model, a file, a program or a person can do. */
export interface Tool<Args> {
  name: string;
  /** For the model: what it does and when to use it, in few tokens. */
  description: string;
  args: z.ZodType<Args>;
  effect: Effect;
  /** Understood, but not told to the model: a form that earlier models were trained on. */
  hidden?: true;
  /** Only where the effect may be asked about. The arguments have been parsed. */
  assess?(args: Args, context: Pick<ToolContext, 'roots' | 'files'>): Assessment | Promise<Assessment>;
  /** One line for the card before it runs: "Read src/parser.py 1-80". */
  title(args: Args): string;
  run(args: Args, context: ToolContext): Promise<ToolResult>;
}

/** A tool among others: its arguments are known to nobody but itself. */
// biome-ignore lint/suspicious/noExplicitAny: each tool parses its own arguments before they reach it.
export type AnyTool = Tool<any>;

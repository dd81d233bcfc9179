type Environment = Readonly<Record<string, string | undefined>>;

/** Names that never reach a command, upper case. */
const dropped: readonly RegExp[] = [
  // The editor's: with ELECTRON_RUN_AS_NODE a child `code` or Electron app is a bare node, with VSCODE_* it talks to our window.
  /^(?:ELECTRON|VSCODE)_/,
  // Ours: settings and keys.
  /^DEVSTRAL_/,
  // Keys of model services; what a command needs for its own work (a database, a registry) stays.
  /^(?:HF|HUGGING_?FACE(?:_?HUB)?|MISTRAL|CODESTRAL|OPENAI|ANTHROPIC|OPENROUTER|GEMINI|GROQ|DEEPSEEK|TOGETHER|VLLM)_(?:API_)?(?:KEY|TOKEN)$/,
  // The ipc channel of the process that we run in: a node that finds them takes over a descriptor that is something else.
  /^NODE_CHANNEL_|^NODE_UNIQUE_ID$/,
  // They open a window of the editor or ask on a terminal.
  /^(?:GIT|SSH|SUDO)_ASKPASS$/,
  // What npm tells the script that it started: a command is not that script.
  /^NPM_(?:LIFECYCLE_|PACKAGE_|COMMAND$|EXECPATH$|NODE_EXECPATH$|CONFIG_LOCAL_PREFIX$)|^INIT_CWD$/,
  // They say that a terminal is there, or ask for colours all the same.
  /^(?:TERM_PROGRAM|TERM_PROGRAM_VERSION|COLORTERM|FORCE_COLOR|CLICOLOR_FORCE|GITHUB_ACTIONS)$/,
];

/** What keeps programs from waiting for a person and from writing what only a terminal can show. */
const quiet: Readonly<Record<string, string>> = {
  // A pager waits for a key. git, man, gh, psql, aws, systemctl and bat look here.
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  MANPAGER: 'cat',
  AWS_PAGER: 'cat',
  SYSTEMD_PAGER: 'cat',
  // git asks for user and password on the terminal, ssh for a pass phrase in a window.
  GIT_TERMINAL_PROMPT: '0',
  SSH_ASKPASS_REQUIRE: 'never',
  // An editor waits; with `true` a commit without message ends with a clear line, a rebase goes on with the messages it has.
  EDITOR: 'true',
  VISUAL: 'true',
  GIT_EDITOR: 'true',
  // Installers that ask.
  DEBIAN_FRONTEND: 'noninteractive',
  PIP_NO_INPUT: '1',
  GH_PROMPT_DISABLED: '1',
  // No cursor movements and colours.
  TERM: 'dumb',
  NO_COLOR: '1',
  // Progress bars and advice that cost tokens.
  npm_config_progress: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_PROGRESS_BAR: 'off',
  // Python keeps what it prints into a pipe for itself until it ends: order and streaming would be lost.
  PYTHONUNBUFFERED: '1',
};

/** Marks every process that a command starts, also those that left its group and lost their parent. */
export const markName = 'DEVSTRAL_COMMAND';

/** An environment without what is the editor's and ours, keys above all. Pure. */
export function withoutOurs(from: Environment): Record<string, string> {
  const kept = Object.entries(from).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || dropped.some((pattern) => pattern.test(name.toUpperCase()))) return [];
    // The editor's debugger loads itself into every node this way.
    if (name === 'NODE_OPTIONS' && /ms-vscode\.js-debug|bootloader/.test(value)) return [];
    return [[name, value]];
  });
  return Object.fromEntries(kept);
}

/** The environment of a command. Pure. `mark`: the command's own id. */
export const commandEnvironment = (from: Environment, mark: string): Record<string, string> => ({
  ...withoutOurs(from),
  ...sshWithoutQuestions(from),
  ...quiet,
  [markName]: mark,
});

/** What a container gets: it has its own PATH and HOME. Pure. */
export const containerEnvironment = (mark: string): Record<string, string> => ({ ...quiet, [markName]: mark });

/** ssh that refuses instead of asking; a program that the person chose stays. */
const sshWithoutQuestions = ({ GIT_SSH_COMMAND, GIT_SSH }: Environment): Record<string, string> =>
  GIT_SSH_COMMAND || GIT_SSH ? {} : { GIT_SSH_COMMAND: 'ssh -oBatchMode=yes' };

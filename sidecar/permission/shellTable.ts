import { type Reason, reasons } from './commandRow.ts';

/* What the shell, wrappers and interpreters are told, as data. */

/** Programs that run the words after their options. `flags` and `takes` are all the options that are understood. */
export const wrappers: Record<string, { flags: RegExp; takes?: string; positional?: number; why?: Reason }> = {
  nohup: { flags: /^$/ },
  time: { flags: /^-p$/ },
  timeout: {
    flags: /^(?:-v|--foreground|--preserve-status|--(?:signal|kill-after)=\w+)$/,
    takes: '-k -s',
    positional: 1,
  },
  gtimeout: { flags: /^(?:--foreground|--preserve-status)$/, takes: '-k -s', positional: 1 },
  nice: { flags: /^-\d+$|^-n-?\d+$/, takes: '-n' },
  ionice: { flags: /^-[cn]\d$/, takes: '-c -n' },
  stdbuf: { flags: /^-[ioe][L\d]+$/ },
  command: { flags: /^-p$/ },
  builtin: { flags: /^$/ },
  exec: { flags: /^-[cl]+$/, takes: '-a' },
  busybox: { flags: /^$/ },
  toybox: { flags: /^$/ },
  caffeinate: { flags: /^-[dimsu]+$/, takes: '-t -w' },
  xargs: { flags: /^(?:-[0rtx]+|-[nPLIds].+|--null|--no-run-if-empty)$/, takes: '-n -P -L -I -d -s' },
  env: { flags: /^(?:-|-i|-0|--ignore-environment)$/, takes: '-u' },
  sudo: { flags: /^-[AbEHiknPS]+$/, takes: '-u -g', why: reasons.otherUser },
  doas: { flags: /^-[ns]+$/, takes: '-u', why: reasons.otherUser },
};

/** What an interpreter is told before its script. Anything else makes the call high. */
export const interpreters: Record<string, { flags: RegExp; modules?: RegExp }> = {
  node: {
    flags:
      /^--(?:test|no-warnings|enable-source-maps|expose-gc|trace-warnings|check|experimental-(?:strip-types|test-coverage|vm-modules)|max-old-space-size=\d+|test-(?:only|name-pattern=.*|reporter=(?:spec|tap|dot)))$/,
  },
  python: {
    flags: /^-(?:[uBOSIvq]+|W\w+|X(?:dev|utf8))$/,
    modules:
      /^(?:pytest|unittest|doctest|mypy|ruff|black|isort|flake8|pylint|compileall|py_compile|json\.tool|tokenize|ast|coverage|tox|nox|pyright|bandit|this)$/,
  },
  ruby: { flags: /^-(?:w|W\d?|c)$/ },
  perl: { flags: /^-[wc]+$/ },
  php: { flags: /^-l$/ },
  deno: { flags: /^$/ },
  java: { flags: /^-jar$/ },
  tsx: { flags: /^$/ },
};

/** Variables that change what programs do or run. Read before the harmless ones are let through. */
export const sensitiveVariables =
  /^(?:IFS|ENV|PS[0-4]|CC|CXX|CPP|LD|AR|AS|MAKE|R?SH|SHELL|CDPATH|HOME|USER|TMPDIR|TMP|TEMP|VISUAL|BROWSER|MANPAGER|GLOBIGNORE|EXECIGNORE|FUNCNEST|TIMEFORMAT|POSIXLY_CORRECT|RUSTC|RUSTDOC|CLASSPATH|LESS\w*|GIT_\w+|SSH_\w+|LD_\w+|DYLD_\w+|BASH\w*|ZDOTDIR|ZSH\w*|XDG_\w+|DOTNET_\w+|COMPLUS_\w+|LUA_\w+|PYTHON(?!UNBUFFERED$|DONTWRITEBYTECODE$|HASHSEED$|UTF8$|WARNINGS$)\w*|RUBY\w+|PERL\w+|NODE_(?!ENV$)\w+|npm_\w+|NPM_\w+|YARN_\w+|PIP_\w+|UV_\w+|CARGO_\w+|RUST_WRAPPER|GO(?!MAXPROCS$|OS$|ARCH$)\w+|CMAKE_\w+|AWS_\w+|DOCKER_\w+|KUBE\w+|\w*(?:PATH|EDITOR|PAGER|COMMAND|OPTIONS|OPTS?|FLAGS|ARGS|PRELOAD|WRAPPER|PROXY|proxy|CONFIG\w*|HOOKS?|RC|STARTUP|INIT|ASKPASS|SHELLOPTS|PROGRAM|EXEC))$/;

/** Names of variables whose values are secrets. */
export const secretVariables = /(?:key|token|secret|passw(?:or)?d|passphrase|credential|auth|cookie|session)/i;

/** Settings that `git -c` may set without a question. */
export const harmlessGitSettings =
  /^(?:color\.\w+=\w+|core\.pager=(?:cat)?|core\.quotepath=\w+|user\.(?:name|email)=[^`$]*|advice\.\w+=\w+|log\.\w+=\w+|diff\.(?:renames|context)=\w+)$/i;

/** Folders of the system's own programs. */
export const systemPrograms = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;

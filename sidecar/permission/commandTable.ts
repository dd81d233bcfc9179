import type { Risk } from '../tools/tool.ts';

/*
 * What commands do, as data; commandRisk.ts reads it. A row is about a program or a subcommand and says the risk of the
 * plain call. Arguments can only raise it.
 */

/** For people, a few words each. */
export const reasons = {
  network: 'Opens the network',
  installs: 'Installs packages',
  deletes: 'Deletes files',
  deletesFolders: 'Deletes folders',
  discards: 'Discards changes',
  history: 'Rewrites history',
  publishes: 'Sends work to a server',
  otherUser: 'Runs as another user',
  permissions: 'Changes permissions',
  kills: 'Ends other processes',
  background: 'Keeps running in the background',
  system: 'Changes the system',
  containers: 'Controls containers or machines',
  remote: 'Works on another machine',
  inline: 'Runs code written in the command',
  given: 'Runs code that it is given',
  otherProgram: 'Lets a program run others',
  settings: "Changes a program's settings",
  environment: 'Shows or sets the environment',
  disk: 'Writes to disks or devices',
  unpacks: 'Unpacks files wherever they say',
  secrets: 'Shows secrets',
  project: 'Runs code of the project',
  files: 'Changes files of the project',
  repository: 'Changes the repository',
  unknown: 'Not a known command',
  unknownPart: 'Not a known subcommand',
  dynamic: 'Part of it is known only when it runs',
  unreadable: 'Cannot be read beforehand',
  address: 'Names an address',
  links: 'Follows links out of folders',
  elsewhere: 'Runs a program outside the workspace',
  name: 'Hides what it runs',
  shell: 'Changes how the shell works',
  ask: 'Waits for input',
} as const;
export type Reason = (typeof reasons)[keyof typeof reasons];

export type Special =
  | 'awk'
  | 'cd'
  | 'checkout'
  | 'declare'
  | 'eval'
  | 'find'
  | 'git'
  | 'interpreter'
  | 'npx'
  | 'read'
  | 'rm'
  | 'sed'
  | 'shell'
  | 'tar'
  | 'trap'
  | 'uniq';

export interface CommandRow {
  risk: Risk;
  why?: Reason;
  /** What arguments are: paths to look at, one pattern and then paths, or mere text. Paths where nothing is said. */
  args?: 'pattern' | 'text';
  /** It writes what it is given, instead of reading it. */
  writes?: true;
  /** Options with a value of their own that is no path. */
  takes?: string;
  /** Options that make it high, with the reason. */
  raise?: [options: string, why: Reason][];
  /** By the first word that is no option. What is not in it is high. */
  sub?: Record<string, CommandRow>;
  /** Without a subcommand. Absent: high. */
  bare?: Risk;
  /** It only looks, so it is low, if all its arguments are of this kind. */
  looks?: RegExp;
  /** Arguments that make it high, with the reason. */
  deny?: [argument: RegExp, why: Reason];
  /** Looked at by a function of its own: commandSpecials.ts. */
  special?: Special;
}

const low = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({ risk: 'low', ...extra });
const project = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({
  risk: 'medium',
  why: reasons.project,
  ...extra,
});
const files = (extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({
  risk: 'medium',
  why: reasons.files,
  writes: true,
  ...extra,
});
const high = (why: Reason, extra: Omit<CommandRow, 'risk'> = {}): CommandRow => ({ risk: 'high', why, ...extra });

function rows(names: string, row: CommandRow): Record<string, CommandRow> {
  return Object.fromEntries(names.split(' ').map((name) => [name, row]));
}

const repository: CommandRow = { risk: 'medium', why: reasons.repository };

const gitCommands: Record<string, CommandRow> = {
  ...rows(
    'status log show diff blame annotate shortlog describe rev-parse rev-list ls-files ls-tree cat-file merge-base name-rev for-each-ref show-ref show-branch count-objects diff-tree diff-index diff-files check-ignore check-attr whatchanged cherry range-diff version var',
    low({
      takes: '-n -S -G -L --author --grep --since --until --after --before',
      raise: [
        ['--output', reasons.files],
        ['--ext-diff --textconv --filters', reasons.otherProgram],
      ],
    }),
  ),
  grep: low({ args: 'pattern', takes: '-A -B -C -m -e', raise: [['-O --open-files-in-pager', reasons.otherProgram]] }),
  ...rows('add mv switch merge cherry-pick revert stage notes', repository),
  switch: { ...repository, raise: [['-f --force --discard-changes -C', reasons.discards]] },
  commit: { ...repository, takes: '-m --message --author --date -C -c' },
  rm: { ...repository, writes: true, raise: [['-r -f --force', reasons.deletesFolders]] },
  init: files(),
  ...rows('push send-pack send-email request-pull', high(reasons.publishes)),
  ...rows('fetch pull clone ls-remote fetch-pack submodule lfs svn p4', high(reasons.network)),
  ...rows('clean restore checkout-index read-tree', high(reasons.discards)),
  ...rows('rebase filter-branch filter-repo gc prune replace update-ref', high(reasons.history)),
  reset: { ...repository, raise: [['--hard --merge --keep', reasons.discards]] },
  apply: high(reasons.files),
  am: high(reasons.files),
  branch: {
    ...repository,
    looks: /^(?:-[arv]+|--(?:list|all|remotes|show-current|verbose|(?:no-)?(?:merged|contains)|sort=.*|format=.*))$/,
    raise: [['-D -f -M -C --force', reasons.discards]],
  },
  tag: {
    ...repository,
    looks: /^(?:-l|-n\d*|--list|--sort=.*)$/,
    raise: [['-f --force -d --delete', reasons.discards]],
  },
  stash: {
    ...repository,
    bare: 'medium',
    sub: {
      ...rows('list show', low()),
      ...rows('push pop apply save branch', repository),
      ...rows('drop clear', high(reasons.discards)),
    },
  },
  remote: { ...high(reasons.settings), looks: /^(?:-v|--verbose)$/, sub: { 'get-url': low() }, bare: 'low' },
  worktree: high(reasons.discards, { sub: { list: low(), add: { ...repository, writes: true } } }),
  reflog: high(reasons.history, { sub: { show: low() }, bare: 'low' }),
  config: high(reasons.settings, {
    looks: /^(?:--get|--get-all|--type=\w+|(?!.*(?:helper|token|extraheader|proxy|url))[a-z]+\.[\w.-]+)$/i,
  }),
  checkout: { ...repository, special: 'checkout' },
};

const npmCommands: Record<string, CommandRow> = {
  ...rows('ls list ll why explain prefix root bin help', low()),
  ...rows(
    'test t tst run run-script start stop restart',
    project({
      raise: [
        ['--script-shell --node-options --shell --eval --userconfig --globalconfig', reasons.otherProgram],
        ['--registry --proxy --https-proxy', reasons.network],
      ],
    }),
  ),
  ...rows(
    'install i in ins add ci clean-install update up upgrade uninstall remove rm un link ln rebuild dedupe install-test it audit outdated fund view info show search prune dlx create init',
    high(reasons.installs),
  ),
  ...rows(
    'publish unpublish deprecate dist-tag owner team access pack version login logout adduser token profile',
    high(reasons.publishes),
  ),
  ...rows('config c set get cache', high(reasons.settings)),
};

/** Yarn, pnpm and bun take the name of a script for a command; these names are none of theirs. */
const scriptNames = rows(
  'build lint format typecheck type-check dev e2e coverage compile tsc jest vitest eslint prettier',
  project(),
);

const packageManager = (rest: Record<string, CommandRow> = {}): CommandRow =>
  project({ sub: { ...npmCommands, ...rest }, takes: '-w --workspace --filter', bare: 'high' });

const pip: CommandRow = high(reasons.installs, {
  sub: {
    ...rows('list show freeze check help', low({ args: 'text' })),
    ...rows('install uninstall download wheel', high(reasons.installs)),
  },
});

const inspect = low({ args: 'text' });

export const commands: Record<string, CommandRow> = {
  // Only look.
  ...rows(
    'cat head tail wc ls dir stat du df nl tac rev fold fmt expand unexpand comm cmp sha1sum sha256sum sha512sum md5sum cksum shasum b2sum od hexdump strings readlink realpath base64 base32 colordiff size nm',
    low(),
  ),
  diff: low({ raise: [['-r --recursive', reasons.links]] }),
  cut: low({ takes: '-d -f -c -b' }),
  paste: low({ takes: '-d' }),
  join: low({ takes: '-t -o' }),
  column: low({ takes: '-s -c' }),
  tr: low({ args: 'text' }),
  file: low({ raise: [['-C --compile', reasons.files]] }),
  ...rows('test [', low({ args: 'text', raise: [['-v -R', reasons.shell]] })),
  tree: low({
    raise: [
      ['-o', reasons.files],
      ['-l', reasons.links],
    ],
  }),
  sort: low({
    takes: '-t -k',
    raise: [
      ['-o --output', reasons.files],
      ['--compress-program', reasons.otherProgram],
    ],
  }),
  ...rows('uniq xxd', low({ special: 'uniq' })),
  ...rows(
    'grep egrep fgrep zgrep',
    low({
      args: 'pattern',
      takes: '-A -B -C -m -e --regexp --include --exclude --exclude-dir',
      raise: [['-R --dereference-recursive', reasons.links]],
    }),
  ),
  rg: low({
    args: 'pattern',
    takes: '-A -B -C -m -e -g -t -T --glob --type --regexp',
    raise: [
      ['--pre --hostname-bin', reasons.otherProgram],
      ['-L --follow', reasons.links],
    ],
  }),
  ...rows('ag ack', low({ args: 'pattern', raise: [['--pager', reasons.otherProgram]] })),
  ...rows(
    'fd fdfind',
    low({
      args: 'pattern',
      raise: [
        ['-x -X --exec --exec-batch', reasons.otherProgram],
        ['-L --follow', reasons.links],
      ],
    }),
  ),
  jq: low({ args: 'pattern', takes: '--arg --argjson --indent', deny: [/\benv\b|\$ENV/, reasons.secrets] }),
  find: low({ special: 'find' }),
  ...rows('awk gawk mawk nawk', low({ special: 'awk' })),
  ...rows('sed gsed', low({ special: 'sed' })),
  echo: low({ args: 'text' }),
  printf: low({ args: 'text', raise: [['-v', reasons.shell]] }),
  ...rows(
    'pwd true false : whoami id uname nproc arch lscpu free uptime cal seq sleep exit return break continue shift wait jobs which whereis type basename dirname expr tput clear locale groups tty getconf sw_vers',
    inspect,
  ),
  ...rows('ps pgrep pstree', low({ args: 'text', deny: [/^[a-z]*e[a-z]*$/, reasons.secrets] })),
  date: low({ args: 'text', raise: [['-s --set', reasons.system]] }),
  hostname: high(reasons.system, { sub: {}, bare: 'low' }),
  ...rows('env printenv', high(reasons.environment)),
  ...rows('cd pushd', low({ special: 'cd' })),
  popd: low({ args: 'text' }),
  read: low({ special: 'read' }),
  ...rows('export declare typeset local readonly unset', low({ args: 'text', special: 'declare' })),
  set: low({
    args: 'text',
    deny: [/^(?![-+][euxofv]+$|errexit$|nounset$|pipefail$|xtrace$|noglob$|verbose$)/, reasons.shell],
  }),
  trap: low({ args: 'text', special: 'trap' }),
  eval: low({ args: 'text', special: 'eval' }),
  ...rows(
    'alias unalias enable hash shopt bind complete compgen compopt fc ulimit umask mapfile readarray let getopts caller disown suspend logout fg bg emulate setopt zmodload autoload',
    high(reasons.shell),
  ),

  // Change files of the project.
  ...rows('mkdir touch truncate tee split csplit patchelf', files()),
  ...rows('mv ln install rename', files()),
  cp: files({ raise: [['-L -H --dereference', reasons.links]] }),
  ...rows(
    'rm unlink',
    files({
      why: reasons.deletes,
      raise: [['-r -R --recursive --no-preserve-root', reasons.deletesFolders]],
      special: 'rm',
    }),
  ),
  rmdir: files({ why: reasons.deletesFolders }),
  ...rows('dos2unix unix2dos', files()),
  ...rows('gzip gunzip bzip2 bunzip2 xz unxz zstd', files()),
  tar: files({ special: 'tar' }),
  zip: files({ raise: [['-T -TT --unzip-command -m', reasons.otherProgram]] }),
  ...rows('unzip 7z 7za unrar cpio ar pax', high(reasons.unpacks)),
  patch: high(reasons.files),

  // Run code of the project.
  ...rows(
    'pytest tox nox mypy ruff black isort flake8 pylint pyright autopep8 yapf bandit coverage hypothesis pre-commit tsc eslint prettier biome jest vitest mocha ava tap c8 nyc karma playwright cypress vite webpack rollup esbuild parcel swc tsup next nuxt astro turbo nx lerna stylelint markdownlint rspec rubocop rake minitest phpunit phpstan psalm pint gofmt goimports golangci-lint staticcheck rustfmt rustc clang-format clang-tidy cppcheck gcc g++ cc c++ clang clang++ ld ninja meson ctest swiftc javac ktlint shellcheck shfmt hadolint yamllint sqlfluff sphinx-build mkdocs',
    project({ raise: [['--rulesdir --resolve-plugins-relative-to -fplugin --wrapper', reasons.otherProgram]] }),
  ),
  ...rows('make gmake just task', project({ deny: [/=|^-E|^--e/, reasons.inline] })),
  ...rows('cmake', project({ raise: [['-E --install', reasons.otherProgram]] })),
  ...rows('gradle mvn ant sbt bazel buck lein mix stack cabal dune zig', project()),
  cargo: project({
    takes: '--package --features --test --bin',
    raise: [['--config', reasons.settings]],
    sub: {
      ...rows('metadata tree version help locate-project pkgid', low()),
      ...rows('build b test t check c run r fmt clippy bench doc d fix clean expand nextest', project()),
      ...rows('install uninstall add remove rm update fetch vendor generate-lockfile search', high(reasons.installs)),
      ...rows('publish yank login logout owner package', high(reasons.publishes)),
    },
  }),
  go: project({
    sub: {
      ...rows('version help doc', low()),
      env: low({ raise: [['-w -u', reasons.settings]] }),
      ...rows(
        'build test vet fmt run list generate clean tool fix',
        project({ raise: [['-exec -toolexec -vettool', reasons.otherProgram]] }),
      ),
      ...rows('get install mod work', high(reasons.installs)),
    },
  }),
  dotnet: project({
    sub: {
      ...rows('build test run format clean', project()),
      ...rows('add restore tool workload new', high(reasons.installs)),
      ...rows('publish nuget', high(reasons.publishes)),
    },
  }),
  swift: project({ sub: { ...rows('build test run', project()), ...rows('package', high(reasons.installs)) } }),
  bundle: high(reasons.installs, { sub: { ...rows('check list show', low({ args: 'text' })) } }),
  npm: packageManager({ ...rows('exec x', { ...high(reasons.installs), special: 'npx' }) }),
  pnpm: packageManager({ ...scriptNames, exec: { ...high(reasons.installs), special: 'npx' } }),
  yarn: packageManager({ ...scriptNames, exec: { ...high(reasons.installs), special: 'npx' } }),
  bun: packageManager({ x: { ...high(reasons.installs), special: 'npx' } }),
  ...rows('npx bunx', { ...high(reasons.installs), special: 'npx' }),
  ...rows('pip pipx', pip),
  uv: high(reasons.installs, { sub: { pip, ...rows('version help tree', low()) } }),
  ...rows(
    'poetry pdm hatch rye pipenv',
    high(reasons.installs, { sub: { ...rows('version check show env', low({ args: 'text' })), build: project() } }),
  ),
  ...rows(
    'uvx conda mamba micromamba gem brew port apt apt-get aptitude dnf yum pacman zypper apk snap flatpak nix nix-env nix-shell choco winget scoop composer cpan cpanm luarocks opam rustup nvm volta asdf mise corepack easy_install helm',
    high(reasons.installs),
  ),
  ...rows(
    'node python pypy ruby perl php deno lua luajit tsx ts-node java julia Rscript groovy',
    project({ special: 'interpreter' }),
  ),
  ...rows('bash sh zsh dash ksh ash fish rbash', project({ special: 'shell' })),
  ...rows('source .', project()),

  git: { risk: 'medium', why: reasons.repository, sub: gitCommands, special: 'git' },
  ...rows('gh glab hub jj hg svn bzr', high(reasons.publishes)),

  // Leave the workspace.
  ...rows(
    'curl wget http https httpie xh aria2c fetch lynx links w3m nc ncat netcat socat telnet ftp lftp tftp rsync dig nslookup host whois ping ping6 traceroute mtr nmap tcpdump openssl mail mailx sendmail mutt ab wrk hey youtube-dl yt-dlp xdg-open open start ngrok cloudflared',
    high(reasons.network),
  ),
  ...rows(
    'ssh scp sftp mosh sshpass ssh-copy-id ssh-add ssh-keygen ssh-agent ansible ansible-playbook fab',
    high(reasons.remote),
  ),
  ...rows(
    'docker docker-compose podman nerdctl buildah kubectl k3s minikube kind vagrant terraform tofu pulumi packer aws gcloud gsutil az doctl flyctl fly heroku vercel netlify firebase wrangler serverless sam cdk qemu virsh lxc',
    high(reasons.containers),
  ),
  ...rows('twine vsce ovsx semantic-release lerna-publish', high(reasons.publishes)),
  ...rows('psql mysql mariadb sqlite3 sqlite mongo mongosh redis-cli sqlcmd cqlsh duckdb', high(reasons.otherProgram)),

  // Change more than the project.
  ...rows('sudo doas su pkexec runuser sudoedit login newgrp', high(reasons.otherUser)),
  ...rows('chmod chown chgrp chattr setfacl setfattr icacls takeown xattr', high(reasons.permissions)),
  ...rows('kill pkill killall skill xkill fuser', high(reasons.kills)),
  ...rows('shred srm wipe trash', high(reasons.deletesFolders)),
  ...rows(
    'dd mkfs mount umount fdisk parted losetup mkswap swapoff wipefs blkdiscard hdparm diskutil mknod mkfifo sync',
    high(reasons.disk),
  ),
  ...rows(
    'systemctl service launchctl crontab at batch reboot shutdown halt poweroff init modprobe insmod rmmod sysctl iptables nft ufw ip ifconfig route useradd userdel usermod groupadd passwd chpasswd visudo update-alternatives ldconfig hostnamectl timedatectl localectl defaults reg regedit setx powershell pwsh cmd osascript security dscl gsettings dconf',
    high(reasons.system),
  ),
  ...rows(
    'setsid screen tmux daemonize start-stop-daemon nohup-daemon dtach abduco pm2 forever supervisord nodemon',
    high(reasons.background),
  ),
  ...rows(
    'watch parallel script scriptreplay strace ltrace ptrace gdb lldb valgrind perf chroot unshare nsenter flock entr expect unbuffer faketime proot fakeroot firejail bwrap capsh setpriv ld.so run-parts direnv coproc m4 tclsh wish guile sbcl clisp ghci scala kotlin erl iex elixir octave bc dc gnuplot R irb pry ipython jupyter',
    high(reasons.otherProgram),
  ),
  ...rows(
    'vi vim nvim view ex ed emacs emacsclient nano pico joe micro code cursor subl less more most man info pg bat fzf top htop dialog whiptail',
    high(reasons.otherProgram),
  ),
  ...rows(
    'history pass gpg gpg2 age keyring secret-tool op bw vault getent last w who dmesg journalctl xclip xsel pbpaste wl-paste',
    high(reasons.secrets),
  ),
  ...rows('pbcopy wl-copy', high(reasons.system)),
};

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
  caffeinate: { flags: /^-[a-z]+$/ },
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

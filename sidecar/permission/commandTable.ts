import { type CommandRow, files, high, low, project, reasons, rows } from './commandRow.ts';
import { gitCommands, packageManager, pip, scriptNames } from './subcommandTable.ts';

/* What commands do, as data; commandRisk.ts reads it. */

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
  jq: low({
    args: 'pattern',
    takes: '--arg --argjson --indent',
    deny: [/\benv\b|\$ENV|(?<!\.)\b(?:import|include)\b/, reasons.secrets],
  }),
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
  date: low({ takes: '-d --date', raise: [['-s --set', reasons.system]] }),
  hostname: high(reasons.system, { sub: {}, bare: 'low' }),
  ...rows('env printenv', high(reasons.environment)),
  ...rows('cd pushd', low({ special: 'cd' })),
  popd: low({ args: 'text' }),
  read: low({ special: 'read' }),
  ...rows('export declare typeset local readonly unset', low({ args: 'text', special: 'declare' })),
  set: low({ args: 'text', special: 'set' }),
  trap: low({ args: 'text', special: 'trap' }),
  eval: low({ args: 'text', special: 'eval' }),
  ...rows(
    'alias unalias enable hash shopt bind complete compgen compopt fc ulimit umask mapfile readarray let getopts caller disown suspend logout fg bg emulate setopt zmodload autoload',
    high(reasons.shell),
  ),

  // Change files of the project.
  ...rows('mkdir touch truncate tee csplit patchelf', files()),
  split: files({ raise: [['--filter', reasons.otherProgram]] }),
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
  ...rows('bsdtar unzip 7z 7za unrar cpio ar pax', high(reasons.unpacks)),
  patch: high(reasons.files),

  // Run code of the project.
  ...rows(
    'pytest tox nox mypy ruff black isort flake8 pylint pyright autopep8 yapf bandit coverage hypothesis pre-commit tsc eslint prettier biome jest vitest mocha ava tap c8 nyc karma playwright cypress vite webpack rollup esbuild parcel swc tsup next nuxt astro turbo nx lerna stylelint markdownlint rspec rubocop rake minitest phpunit phpstan psalm pint gofmt goimports golangci-lint staticcheck rustfmt rustc clang-format clang-tidy cppcheck gcc g++ cc c++ clang clang++ ld ninja meson ctest swiftc javac ktlint shellcheck shfmt hadolint yamllint sqlfluff sphinx-build mkdocs',
    project({ raise: [['--rulesdir --resolve-plugins-relative-to -fplugin --wrapper', reasons.otherProgram]] }),
  ),
  ...rows('make gmake just task', project({ deny: [/=|^-E|^--e|^-$|^-f-/, reasons.inline] })),
  ...rows('cmake', project({ raise: [['-E --install', reasons.otherProgram]] })),
  ...rows(
    'gradle gradlew mvn mvnw ant sbt bazel buck lein mix stack cabal dune zig',
    project({ deny: [/(?:^|[:.-])(?:deploy|publish|release|upload)/i, reasons.publishes] }),
  ),
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
    'node nodejs python pypy ruby perl php deno lua luajit tsx ts-node java julia Rscript groovy',
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
    'plink pscp autossh pssh ssh scp sftp mosh sshpass ssh-copy-id ssh-add ssh-keygen ssh-agent ansible ansible-playbook fab',
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
    'csh tcsh mksh yash posh nu xonsh elvish systemd-run taskset chrt numactl prlimit setarch xvfb-run dbus-run-session gosu su-exec cgexec catchsegv rlwrap hyperfine dotenv cross-env concurrently npm-run-all wsl wine torsocks torify proxychains proxychains4 tsocks jshell raku escript ocaml rundll32 mshta wscript cscript watch parallel script scriptreplay strace ltrace ptrace gdb lldb valgrind perf chroot unshare nsenter flock entr expect unbuffer faketime proot fakeroot firejail bwrap capsh setpriv ld.so run-parts direnv coproc m4 tclsh wish guile sbcl clisp ghci scala kotlin erl iex elixir octave bc dc gnuplot R irb pry ipython jupyter',
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

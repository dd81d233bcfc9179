import { type CommandRow, files, high, low, project, reasons, rows } from './commandRow.ts';

/* Programs with subcommands, for commandTable.ts. What is in no table is high. */

const repository: CommandRow = { risk: 'medium', why: reasons.repository };

export const gitCommands: Record<string, CommandRow> = {
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
  ...rows('add switch merge cherry-pick revert stage notes', repository),
  switch: { ...repository, raise: [['-f --force --discard-changes -C', reasons.discards]] },
  commit: { ...repository, takes: '-m --message --author --date -C -c' },
  mv: { ...repository, writes: true },
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
    looks: /^(?:(?:-[arv]+|--(?:list|all|remotes|show-current|verbose|(?:no-)?merged|sort=\S*|format=\S*))(?: |$))*$/,
    raise: [['-D -f -M -C --force', reasons.discards]],
  },
  tag: {
    ...repository,
    looks: /^(?:(?:-l|-n\d*|--list|--sort=\S*)(?: |$))*$/,
    takes: '-m',
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
  remote: { ...high(reasons.settings), looks: /^(?:-v|--verbose)?$/, sub: { 'get-url': low() }, bare: 'low' },
  worktree: high(reasons.discards, { sub: { list: low(), add: { ...repository, writes: true } } }),
  reflog: high(reasons.history, { sub: { show: low() }, bare: 'low' }),
  config: high(reasons.settings, {
    looks: /^(?:--get(?:-all)? )?(?!\S*(?:helper|token|extraheader|proxy|url))[a-z]+\.[\w.-]+$/i,
  }),
  checkout: { ...repository, special: 'checkout' },
};

/**
 * A package by its name and version, from the registry that is configured, and options that say only what it is for: no
 * address, folder or repository, no other registry, nothing outside of the project. Anything else makes the call high.
 */
const packageName = String.raw`(?:@[a-z\d][\w.-]*\/)?[a-z\d][\w.-]*(?:@[\w^~<>=][\w.^~<>=+-]*)?`;
const installOption =
  '-[DEOPSqs]|--(?:save|save-dev|save-exact|save-optional|save-peer|save-prod|no-save|dev|exact|production|ignore-scripts|no-audit|no-fund|legacy-peer-deps|frozen-lockfile|immutable|package-lock-only|prefer-offline|offline|silent|quiet|verbose|omit=dev|include=dev)';
const notOfTheProject = new RegExp(String.raw`^(?!(?:${packageName}|${installOption})$)|\.(?:tgz|tar|tar\.gz)$`, 'is');

/** Packages of the project, from the configured registry: undone with the lock file, but their scripts run at once. */
const projectPackages: CommandRow = {
  risk: 'medium',
  why: reasons.installsHere,
  args: 'text',
  network: true,
  deny: [notOfTheProject, reasons.installs],
};

export const npmCommands: Record<string, CommandRow> = {
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
    'link ln rebuild dedupe install-test it audit outdated fund view info show search prune dlx create init',
    high(reasons.installs),
  ),
  ...rows('install i in ins add ci clean-install update up upgrade uninstall remove rm un', projectPackages),
  ...rows(
    'publish unpublish deprecate dist-tag owner team access pack version login logout adduser token profile',
    high(reasons.publishes),
  ),
  ...rows('config c set get cache', high(reasons.settings)),
};

/** Yarn, pnpm and bun take the name of a script for a command; these names are none of theirs. */
export const scriptNames = rows(
  'build lint format typecheck type-check dev e2e coverage compile tsc jest vitest eslint prettier',
  project(),
);

export const packageManager = (rest: Record<string, CommandRow> = {}): CommandRow =>
  project({ sub: { ...npmCommands, ...rest }, takes: '-w --workspace --filter', bare: 'high' });

export const pip: CommandRow = high(reasons.installs, {
  sub: {
    ...rows('list show freeze check help', low({ args: 'text' })),
    ...rows('install uninstall download wheel', high(reasons.installs)),
  },
});

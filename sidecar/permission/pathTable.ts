import { secretNames } from '../protocol/secretNames.ts';
import { t } from '../protocol/translate.ts';

/** What paths mean, as data. Patterns match one path segment (`name`) or the path below a root (`path`), folded: see pathRisk. */

export interface PathClass {
  what: 'secret' | 'runs-code' | 'project-code' | 'git' | 'git-secret';
  name?: RegExp;
  path?: RegExp;
}

/** For people, a few words each. */
export const pathReasons = {
  outsideRead: t('Reads outside the workspace'),
  outsideWrite: t('Writes outside the workspace'),
  nowhere: t('Names no file of the workspace'),
  device: t('Names a device, not a file'),
  secret: t('Touches a file with secrets'),
  'git-secret': t('Touches a file with secrets'),
  git: t("Changes git's own files"),
  'runs-code': t('Changes a file that can run code by itself'),
  'project-code': t('Changes what later commands run'),
} as const;

/** Of a file that `.devstralignore` names. */
export const ignoredReason = t('Named in .devstralignore');

export const pathClasses: readonly PathClass[] = [
  { what: 'git-secret', path: /^(?:.*\/)?\.git\/(?:.*\/)?(?:config(?:\.worktree)?|credentials)$/ },
  { what: 'git', name: /^\.git$/ },
  ...secretNames.map((name) => ({ what: 'secret' as const, name })),
  { what: 'runs-code', name: /\.code-workspace$/ },
  // settings.json names executables (linters, terminals, interpreters); the whole folder is the editor's.
  {
    what: 'runs-code',
    name: /^\.(?:vscode|vscode-server|cursor|idea|fleet|zed|devcontainer|husky|githooks|circleci)$/,
  },
  {
    what: 'runs-code',
    name: /^\.(?:devcontainer\.json|vimrc|exrc|nvimrc|lvimrc|nvim\.lua|gitmodules|gitattributes|gitconfig|lefthook\.ya?ml|pre-commit-config\.yaml|gitlab-ci\.yml|travis\.yml|tool-versions|mise\.toml|gdbinit|lldbinit)$/,
  },
  {
    what: 'runs-code',
    name: /^\.(?:bashrc|bash_profile|bash_login|bash_aliases|bash_logout|profile|zshrc|zshenv|zprofile|zlogin|kshrc|cshrc|inputrc)$/,
  },
  { what: 'runs-code', name: /^(?:lefthook\.ya?ml|jenkinsfile|sitecustomize\.py|usercustomize\.py|mise\.toml)$/ },
  { what: 'runs-code', path: /^(?:.*\/)?\.github\/(?:workflows|actions)(?:\/.*)?$/ },
  { what: 'runs-code', path: /^(?:.*\/)?\.(?:mcp|cargo\/config|claude\/settings)(?:\.local)?(?:\.json|\.toml)?$/ },
  // Written by the edit tool these are ordinary files: what they hold runs only by a command, which is rated itself.
  {
    what: 'project-code',
    name: /^(?:package\.json|makefile|gnumakefile|justfile|rakefile|setup\.py|conftest\.py|pyproject\.toml|tox\.ini|noxfile\.py|cmakelists\.txt|build\.gradle(?:\.kts)?|pom\.xml|build\.rs|composer\.json|gemfile)$/,
  },
];

/** System files that hold nothing personal: to read them from a command is not worth a question. */
export const publicSystemPaths =
  /^\/(?:usr|lib|lib64|bin|sbin)(?:\/|$)|^\/etc\/(?:os-release|debian_version|lsb-release)$|^\/proc\/(?:cpuinfo|meminfo|version|loadavg|uptime)$/;

/** Names that Windows takes for devices, whatever ending they have. */
export const windowsDevice = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?$/;

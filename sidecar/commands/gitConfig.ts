/** What `git init`, `git clone` and branches write. No other key is taken for harmless: many name programs. */
const harmless: Readonly<Record<string, RegExp>> = {
  core: /^(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|worktree)$/,
  extensions: /^(?:objectformat|partialclone|worktreeconfig)$/,
  remote: /^(?:url|fetch|pushurl|tagopt|promisor|partialclonefilter)$/,
  branch: /^(?:remote|merge|rebase|vscode-merge-base)$/,
  submodule: /^(?:active|url)$/,
  user: /^(?:name|email)$/,
  init: /^defaultbranch$/,
};

/** Whether git would run nothing because of these settings; no where a line is not understood. Pure. */
export function isHarmlessGitConfig(text: string): boolean {
  let section = '';
  return text.split('\n').every((line) => {
    if (/^\s*(?:[#;].*)?$/.test(line)) return true;
    const head = /^\[([A-Za-z\d.-]+)(?: "[^"\\]*")?\]\s*$/.exec(line);
    if (head) {
      section = head[1]?.toLowerCase() ?? '';
      return Object.hasOwn(harmless, section);
    }
    const [, key = '', value = ''] = /^\s*([A-Za-z][A-Za-z\d-]*)\s*=\s*(.*)$/.exec(line) ?? [];
    // `ext::` runs a program; a line may go on in the next one.
    return harmless[section]?.test(key.toLowerCase()) === true && !value.includes('::') && !value.endsWith('\\');
  });
}

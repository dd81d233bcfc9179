/**
 * Names of files and folders that hold secrets, as data: the sidecar asks before it reads one, the editor never offers one.
 * A pattern matches one segment of a path, folded by `foldName`.
 */
export const secretNames: readonly RegExp[] = [
  // Examples of secrets are none.
  /^\.env(?:rc)?(?:\.(?!example$|sample$|template$|dist$|defaults$).*)?$/,
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg|ovpn|tfstate|tfvars)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:[._-].*)?$/,
  /^\.(?:npmrc|yarnrc(?:\.yml)?|netrc|pypirc|pgpass|my\.cnf|git-credentials|dockercfg|htpasswd|s3cfg|boto|vault-token|terraformrc|envrc)$/,
  /^(?:_netrc|credentials|credentials\.(?:json|ya?ml|xml|toml|ini|db)|secrets?\.(?:json|ya?ml|toml|ini|env)|service[-_]account.*\.json|client_secret.*\.json|shadow|htpasswd)$/,
  /^\.(?:ssh|gnupg|aws|azure|gcloud|kube|docker|password-store)$/,
  /^\.(?:bash|zsh|python|node_repl|psql|mysql)_history$/,
];

/**
 * A name as the loosest file system takes it: case, compatible forms, ignorable characters (HFS+), dots and blanks at the
 * end, streams after a colon and short names (Windows) make no difference.
 */
export function foldName(name: string): string {
  const folded = name
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Cc}\p{Mn}\u115f\u1160\u3164\uffa0]/gu, '')
    .toLowerCase()
    .replace(/(?<=.):.*$/, '')
    .replace(/(?<=[^. ])[. ]+$/, '');
  return /^git~\d+$/.test(folded) ? '.git' : folded;
}

/** Whether a path names a file with secrets, or what lies in a folder of them. */
export const hasSecretName = (path: string): boolean =>
  path.split(/[\\/]/).some((name) => secretNames.some((each) => each.test(foldName(name))));

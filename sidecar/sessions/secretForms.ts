/** A form that a secret has; `secret` is the group that is replaced, absent: all of the match. */
export interface SecretForm {
  name: string;
  form: RegExp;
  secret?: number;
}

/**
 * Forms of secrets that are known by how they look, after the makers' documentation and the rules of gitleaks and
 * secretlint. Nothing is guessed from entropy: hashes, identifiers and test data are code that a session is about.
 */
export const secretForms: readonly SecretForm[] = [
  { name: 'aws-key', form: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  {
    name: 'aws-secret',
    form: /aws_?(?:secret_?access_?key|session_?token)["']?\s{0,4}(?:=|:)\s{0,4}["']?([A-Za-z0-9/+=]{40,})/gi,
    secret: 1,
  },
  { name: 'github', form: /\bgh[opsur]_[A-Za-z0-9]{36,255}\b/g },
  { name: 'github', form: /\bgithub_pat_[A-Za-z0-9_]{22,255}\b/g },
  { name: 'gitlab', form: /\bgl(?:pat|ptt|rt|cbt|dt|ft|soat)-[\w-]{20,300}/g },
  { name: 'anthropic', form: /\bsk-ant-[\w-]{20,200}/g },
  { name: 'openai', form: /\bsk-(?:proj|svcacct|admin|or-v1)-[\w-]{20,300}/g },
  { name: 'api-key', form: /\bsk-[A-Za-z0-9]{32,200}\b/g },
  { name: 'google', form: /\bAIza[\w-]{35}(?![\w-])/g },
  { name: 'google', form: /\b(?:GOCSPX-[\w-]{28}|ya29\.[\w-]{20,500})/g },
  { name: 'slack', form: /\bxox[a-z]-[A-Za-z0-9-]{10,300}/g },
  { name: 'slack', form: /\bxapp-\d-[A-Za-z0-9-]{10,300}/g },
  {
    name: 'slack',
    form: /https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9/]{20,200})/g,
    secret: 1,
  },
  { name: 'npm', form: /\bnpm_[A-Za-z0-9]{36}\b/g },
  // .npmrc: `//registry.npmjs.org/:_authToken=...`
  {
    name: 'npm',
    form: /(?:^|\/:|\d\t)_(?:authToken|auth|password)\s{0,4}=\s{0,4}["']?([^\s"'$[{][^\s"']{5,500})/gm,
    secret: 1,
  },
  { name: 'pypi', form: /\bpypi-[\w-]{50,300}/g },
  { name: 'huggingface', form: /\bhf_[A-Za-z0-9]{30,100}\b/g },
  { name: 'stripe', form: /\b(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,200}\b/g },
  { name: 'sendgrid', form: /\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g },
  { name: 'digitalocean', form: /\bdo[opr]_v1_[a-f0-9]{64}\b/g },
  { name: 'azure', form: /\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,100}={0,2})/g, secret: 1 },
  { name: 'jwt', form: /\beyJ[\w-]{8,2000}\.eyJ[\w-]{8,8000}\.[\w-]{8,2000}/g },
  {
    name: 'authorization',
    form: /\bauthorization["']?\s{0,4}[:=]\s{0,4}["']?(?:bearer|basic|token)\s+([\w.~+/=-]{12,4000})/gi,
    secret: 1,
  },
  { name: 'authorization', form: /\bBearer\s+((?=[\w.~+/=-]{0,80}\d)[\w.~+/=-]{20,4000})/g, secret: 1 },
  // The password of an address: postgres://user:PASSWORD@host.
  {
    name: 'password',
    form: /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"'<>{}$]{0,100}:([^\s/@"'<>{}$[]{2,200})@/gi,
    secret: 1,
  },
];

/** Names whose value is a secret however it looks. */
const secretName =
  '(?:api|access|auth|secret|private|signing|encryption|account)[_-]?key|(?:client|app|api|shared)?[_-]?secret|(?:auth|access|refresh|bearer|api|id|bot)[_-]?token|token|credential';
const passwordName = 'pass(?:word|wd|phrase)|pwd';
const between = String.raw`["']?\s{0,4}(?::=|=>|=|:)\s{0,4}`;

/** Values that stand for a secret, or say what kind of value there is. */
const standsFor =
  /^(?:string|number|boolean|pass|null|none|undefined|true|false|password|passwd|secret|token|required|optional|text|hidden|changeme|example|placeholder|(.)\1*|your[\w-]*|<.*|\$.*|%.*|\{.*|\[REDACTED.*|.*\.{3})$/i;

export const namedForms: readonly (SecretForm & { secret: number })[] = [
  // password = "hunter2", "password": "hunter2"
  {
    name: 'password',
    form: new RegExp(String.raw`\b[\w-]*(?:${passwordName})${between}(["'\x60])([^\s"'\x60]{4,200})\1`, 'gi'),
    secret: 2,
  },
  // api_key = "8Kd03..."
  {
    name: 'secret',
    form: new RegExp(
      String.raw`\b[\w-]{0,60}(?:${secretName})${between}(["'\x60])((?=[^\s"'\x60]{0,300}\d)(?=[^\s"'\x60]{0,300}[a-z])[\w.~+/=:-]{12,300})\1`,
      'gi',
    ),
    secret: 2,
  },
  // Files of settings and shells: MISTRAL_API_KEY=8Kd03...
  {
    name: 'secret',
    form: /^[^\S\n]*(?:\d+\t)?(?:export |set |ENV |ARG |- )?[A-Z0-9_]*(?:PASSWORD|PASSWD|PWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIAL)[A-Z0-9_]*(?:=|:(?=.*\d))[^\S\n]?["']?([^\s"'$(){}<>[\]]{6,500})/gm,
    secret: 1,
  },
  // Connection strings and command lines: ;Password=hunter2; --password hunter2. A keyword argument ends with , or ).
  {
    name: 'password',
    form: new RegExp(
      String.raw`(?:\b(?:${passwordName})=|--(?:${passwordName})[= ])(?=[^\s;&,()"']{0,200}[\d!#%^*?~])([^\s;&,()"'$<>{}[\]]{4,200})(?=[\s;&"']|$)`,
      'gim',
    ),
    secret: 1,
  },
];

/** Whether a value only stands for a secret: `${TOKEN}`, `<your key>`, `********`. */
export const isPlaceholder = (value: string): boolean => standsFor.test(value);

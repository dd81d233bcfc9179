import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { redactText } from '../../sidecar/sessions/redact.ts';
import { createRedaction } from '../../sidecar/sessions/redactEvent.ts';

// Put together here, so that no scanner takes this file for a leak.
const alnum = (length: number) => 'q7Rk2Zp9Xw4Lm8Vc3Nb6'.repeat(40).slice(0, length);
const upper = (length: number) => 'Q7RK2ZP3XW4LM5VC3NB6'.repeat(10).slice(0, length);
const dashes = '-'.repeat(5);
const pem = (kind: string) =>
  `${dashes}BEGIN ${kind}PRIVATE KEY${dashes}\n${alnum(64)}\n${alnum(64)}\n${alnum(21)}=\n${dashes}END ${kind}PRIVATE KEY${dashes}`;

/** A text, and the part of it that must go. */
const secrets: [kind: string, text: string, secret: string][] = [
  ['AWS key', `key AKIA${upper(16)}`, `AKIA${upper(16)}`],
  ['AWS secret', `aws_secret_access_key = ${alnum(40)}`, alnum(40)],
  ['GitHub', `ghp_${alnum(36)}`, alnum(36)],
  ['GitHub, fine-grained', `github_pat_${alnum(22)}_${alnum(59)}`, alnum(59)],
  ['GitLab', `glpat-${alnum(20)}`, alnum(20)],
  ['OpenAI', `sk-proj-${alnum(60)}`, alnum(60)],
  ['OpenAI, old', `sk-${alnum(48)}`, alnum(48)],
  ['Anthropic', `sk-ant-api03-${alnum(90)}`, alnum(90)],
  ['Mistral, of settings', `MISTRAL_API_KEY=${alnum(32)}`, alnum(32)],
  ['Mistral, in code', `client = Mistral(api_key="${alnum(32)}")`, alnum(32)],
  ['Mistral, with line numbers', `12\tMISTRAL_API_KEY=${alnum(32)}`, alnum(32)],
  ['Google', `AIza${alnum(35)}`, alnum(35)],
  ['Slack', `xoxb-${alnum(24)}`, alnum(24)],
  ['Slack hook', `https://hooks.slack.com/services/T0/B0/${alnum(24)}`, alnum(24)],
  ['npm', `//registry.npmjs.org/:_authToken=npm_${alnum(36)}`, alnum(36)],
  ['.npmrc', `//npm.example.com/:_authToken=${alnum(20)}-x`, alnum(20)],
  ['.npmrc, old', `_auth = ${alnum(20)}=`, alnum(20)],
  ['YAML', `  - API_KEY: ${alnum(20)}`, alnum(20)],
  ['JWT', `eyJ${alnum(20)}.eyJ${alnum(40)}.${alnum(30)}`, alnum(40)],
  ['Bearer', `curl -H "Authorization: Bearer ${alnum(30)}" x`, alnum(30)],
  ['password in code', `password = "hunter2"`, 'hunter2'],
  ['password in JSON', `{"db_password": "hunter2"}`, 'hunter2'],
  ['password of a command', `mysql --password hunter2 -u me`, 'hunter2'],
  ['ADO connection string', `Server=db;User Id=me;Password=hunter2;Encrypt=true`, 'hunter2'],
  ['connection string', `postgres://me:hunter2@db.example.com/x`, 'hunter2'],
  ['Azure', `AccountKey=${alnum(86)}==`, alnum(86)],
  ['private key', pem(''), alnum(21)],
  ['RSA key', `x = """${pem('RSA ')}"""`, alnum(64)],
  ['key in JSON', JSON.stringify({ private_key: pem('') }), alnum(21)],
  [
    'key with line numbers',
    pem('EC ')
      .split('\n')
      .map((line, at) => `${at + 1}\t${line}`)
      .join('\n'),
    alnum(21),
  ],
  ['half of a key', pem('').split('\n').slice(0, 3).join('\n'), alnum(64)],
];

/** Code that a session is about. */
const code = [
  'password = get_password(user)',
  'def login(user: str, password: str) -> Token:',
  'interface Login { password: string; token: string }',
  'const token = tokens.next();',
  'if (token === "identifier") return parseIdentifier(token);',
  'connect(user=me, password=pw2, host=h1)',
  '"password": "string"',
  'password: "<your password>"',
  'API_KEY=$' + '{MISTRAL_API_KEY}',
  'const key = process.env.OPENAI_API_KEY;',
  'MAX_TOKENS = 4096',
  'export TOKEN=$(cat token.txt)',
  'sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
  'id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
  '"integrity": "sha512-q7Rk2Zp9Xw4Lm8Vc3Nb6q7Rk2Zp9Xw4Lm8Vc3Nb6q7Rk2Zp9Xw4Lm8Vc3Nb6==",',
  `const begin = '${dashes}BEGIN PRIVATE KEY${dashes}';\nconst end = '${dashes}END PRIVATE KEY${dashes}';`,
  'fetch("http://localhost:8080/a@b")',
  'git clone https://github.com/a/b',
  'task-sk-lists, risk-averse-people-in-the-world-of-today',
  'secret_key = os.environ["SECRET_KEY"]',
  'Bearer tokens are checked by the middleware.',
  'x = {"token": token, "password": password}',
  'Enter your password: ',
  '  TOKEN: CharList;',
  're.src_auth = `(?:(?:(?!x).){1,50}@)?`',
  'new Agent("socks5://user:pass@localhost:1080")',
];

describe('redaction of secrets', () => {
  for (const [kind, text, secret] of secrets) {
    it(`takes out: ${kind}`, () => {
      const redacted = redactText(`before\n${text}\nafter`);
      assert.ok(!redacted.includes(secret), redacted);
      assert.match(redacted, /^before\n[\s\S]*\[REDACTED:[\w-]+\][\s\S]*\nafter$/);
    });
  }

  it('leaves code as it is', () => {
    for (const line of code) assert.equal(redactText(line), line);
  });

  it('is the same twice, wherever secrets stand', () => {
    const piece = fc.oneof(
      fc.constantFrom(...secrets.map(([, text]) => text)),
      fc.constantFrom(...code),
      fc.constantFrom(' ', '\n', '"', "'", '=', ':', 'password=', 'token: "', ';', '\t', '[REDACTED:x]', '-----'),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redactText(pieces.join(''));
        assert.equal(redactText(once), once);
      }),
    );
  });

  it('finds what shows only when something beside it is gone', () => {
    const text = `glpat-${alnum(300)}AKIA${upper(16)}`;
    assert.equal(redactText(text), '[REDACTED:gitlab][REDACTED:aws-key]');
  });

  it('keeps the arguments of a call JSON, and untouched where there is nothing to take out', () => {
    const redact = createRedaction();
    const args = JSON.stringify({ file_path: 'a.py', content: `password = "hunter2"\n${pem('')}\n` });
    const plain = '{ "file_path":  "a.py" }';
    const secret = '{"token": "q7Rk2Zp9Xw4Lm8"}';
    const event = redact({
      type: 'answer',
      text: '',
      reasoning: `it is ghp_${alnum(36)}`,
      calls: [args, plain, secret].map((text, at) => ({ id: `c${at}`, name: 'x', arguments: text })),
    });
    assert.ok(event.type === 'answer');
    assert.deepEqual(JSON.parse(event.calls[0]?.arguments ?? ''), {
      file_path: 'a.py',
      content: 'password = "[REDACTED:password]"\n[REDACTED:private-key]\n',
    });
    assert.equal(event.calls[1]?.arguments, plain);
    assert.equal(event.calls[2]?.arguments, '{"token":"[REDACTED:secret]"}');
    assert.equal(event.reasoning, 'it is [REDACTED:github]');
  });

  it('keeps nothing of ignored files', () => {
    const redact = createRedaction((path) => path === '.env');
    const call = (id: string, args: object) => ({ id, name: 'x', arguments: JSON.stringify(args) });
    const answer = redact({
      type: 'answer',
      text: 'I look.',
      reasoning: '',
      calls: [
        call('a', { file_path: '.env' }),
        call('b', { command: 'cat .env' }),
        call('c', { file_path: '.env', content: 'inner' }),
        call('d', { file_path: 'b.py' }),
      ],
    });
    assert.ok(answer.type === 'answer' && !JSON.stringify(answer).includes('inner'));
    const end = (callId: string) =>
      redact({ type: 'callEnd', callId, ok: true, text: 'canary', summary: '1 line', ms: 1 }) as Extract<
        AgentEvent,
        { type: 'callEnd' }
      >;
    assert.equal(end('a').text, '(Not kept: .env is in .devstralignore.)');
    for (const id of ['b', 'c']) assert.ok(!end(id).text.includes('canary'));
    assert.equal(end('d').text, 'canary');
    const file = { operation: 'edit', accepted: 1, rejected: 0, changedByPerson: false } as const;
    const reviewed = redact({ type: 'reviewed', changeSetId: 'c', files: [{ path: '.env', ...file }], told: 'canary' });
    assert.ok(!JSON.stringify(reviewed).includes('canary'));
  });
});

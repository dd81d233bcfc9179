import { problem } from '../../sidecar/protocol/problems.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { answer, begin, done, events, finish, startedAt, stateOf, user } from './sampleEvents.ts';

/** The panel in one state: what the extension says, and then what a person presses (selectors). */
export interface Story {
  name: string;
  messages: HostMessage[];
  press?: string[];
  /** Typed into the composer. */
  type?: string;
  /** Other than those that all are drawn in. */
  widths?: number[];
}

const python =
  'async def retry(n, fn):\n    for attempt in range(n):\n        try:\n            return await fn()\n        except OSError:\n            if attempt == n - 1:\n                raise';
const longCode = Array.from({ length: 84 }, (_, line) => `const value${line} = ${line} * 2;`).join('\n');
const chips: Extract<HostMessage, { type: 'context' }>['context'] = [
  { id: 'a', kind: 'activeFile', label: 'app.py', path: 'src/app.py', tokens: 812 },
  { id: 'b', kind: 'selection', label: 'parser.py, lines 4-9', path: 'src/parser.py', tokens: 96 },
];
/** 32 by 20 pixels, red. */
const thumbnail =
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAUACADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCpRRRXEe2FFFFABRRRQAUUUUAf/9k=';
const picture: (typeof chips)[number] = {
  ...{ id: 'i', kind: 'image', label: 'screenshot.png', path: 'screenshot.png', tokens: 1344 },
  image: { width: 1280, height: 800, thumbnail },
};
const seeing = { patch: 28, side: 1540, exact: true };
const cli = [
  user('add a --json flag to the CLI', ['cli.py']),
  answer(
    '',
    [
      ['r1', 'read', { file_path: 'cli.py' }],
      ['r2', 'read', { file_path: 'test_cli.py' }],
      ['r3', 'read', { file_path: 'README.md' }],
    ],
    'The flag has to be read before the subcommand is known, so I look at the parser first.',
  ),
  begin('r1', 'read', 'Read cli.py'),
  begin('r2', 'read', 'Read test_cli.py'),
  begin('r3', 'read', 'Read README.md'),
  finish('r1', '84 lines', '1\timport argparse', 40),
  finish('r2', '40 lines', '1\timport pytest', 60),
  finish('r3', '12 lines', '1\t# CLI', 100),
  answer('', [['g', 'grep', { pattern: 'argparse' }]]),
  begin('g', 'grep', 'Search "argparse"'),
  finish('g', '6 hits', 'cli.py:1: import argparse'),
];
const edited = [
  answer('', [
    [
      'e',
      'edit',
      {
        file_path: 'cli.py',
        old_string: 'parser.parse_args()',
        new_string: 'parser.add_argument("--json")\nargs = parser.parse_args()',
      },
    ],
  ]),
  begin('e', 'edit', 'Edit cli.py'),
  finish('e', '+12 -3 staged', 'Edited.', 1800),
];
/** In a mode that writes at once. */
const written = [
  answer('', [
    ['w', 'edit', { file_path: 'cli.py' }],
    ['x', 'write_file', { file_path: 'test_cli.py' }],
  ]),
  begin('w', 'edit', 'Edit cli.py'),
  finish('w', '+12 -3', 'Edited.', 180),
  begin('x', 'write_file', 'Write test_cli.py'),
  finish('x', '+30 -0', 'Written.', 180),
];
const plan = [
  answer('', [
    [
      't',
      'todo',
      {
        items: [
          { text: 'Parse the flag', state: 'done' },
          { text: 'Describe it in the help', state: 'done' },
          { text: 'Test both outputs', state: 'doing' },
          { text: 'Update the README' },
        ],
      },
    ],
  ]),
  begin('t', 'todo', 'Plan, 2 of 4 done'),
  finish('t', '2 of 4 done', 'Kept.', 1),
];
const tests = [
  answer('', [['p', 'bash', { command: 'pytest -q tests/test_cli.py' }]]),
  begin('p', 'bash', 'pytest -q tests/test_cli.py'),
];
const summary =
  'I changed two files:\n\n1. `cli.py` reads **`--json`** before the subcommand.\n2. `test_cli.py` checks both outputs.\n\n```python\n' +
  python +
  '\n```\n\n| Output | Before | After |\n|---|---:|---:|\n| text | 1 | 1 |\n| json | 0 | 1 |\n\n> The exit codes are as before. See [the parser](src/parser.py#L12).';
const idle = events([user('make retry() async', ['retry.py']), answer(summary, [], 'Short.'), done]);
const asked = {
  callId: 'c',
  title: 'Run npm install zod@4',
  risk: 'medium',
  what: 'npm install zod@4',
  where: 'packages/cli',
  reasons: ['Writes package.json and opens the network'],
  rule: 'npm install *',
  staged: 0,
} as const;
const staged: Extract<HostMessage, { type: 'staged' }>['staged'] = {
  changeSetId: 'set',
  title: 'add a --json flag',
  files: [
    {
      uri: 'file:///w/src/cli.py',
      path: 'src/cli.py',
      operation: 'edit',
      added: 24,
      removed: 6,
      conflict: false,
      hunks: [
        { id: '1', firstLine: 12, lastLine: 18, state: 'accepted' },
        { id: '2', firstLine: 40, lastLine: 44, state: 'open' },
        { id: '3', firstLine: 90, lastLine: 90, state: 'rejected' },
      ],
    },
    {
      uri: 'file:///w/test_cli.py',
      path: 'test_cli.py',
      operation: 'create',
      added: 18,
      removed: 0,
      conflict: false,
      hunks: [{ id: '4', firstLine: 1, lastLine: 18, state: 'open' }],
    },
    {
      uri: 'file:///w/src/options.py',
      path: 'src/options.py',
      operation: 'rename',
      from: 'src/flags.py',
      added: 1,
      removed: 1,
      conflict: false,
      hunks: [{ id: '6', firstLine: 1, lastLine: 30, state: 'open' }],
    },
    {
      uri: 'file:///w/config.py',
      path: 'config.py',
      operation: 'edit',
      added: 0,
      removed: 12,
      conflict: true,
      hunks: [{ id: '5', firstLine: 3, lastLine: 3, state: 'open' }],
    },
  ],
};
const pendingAt = () => Date.now() - 42_000;
const running = { running: true } as const;
const end = (reason: 'stopped' | 'steps' | 'stuck' | 'asks') => ({ type: 'end', reason }) as const;
const session = (
  id: string,
  title: string,
  state: Extract<HostMessage, { type: 'sessions' }>['sessions'][number]['state'],
  hoursAgo: number,
) => ({
  ...{ id, title, state, messages: 3, openElsewhere: false, startedAt: 0 },
  changedAt: Date.now() - hoursAgo * 3_600_000,
});
const sessions: Extract<HostMessage, { type: 'sessions' }> = {
  type: 'sessions',
  query: '',
  sessions: [
    session('s1', 'Make retry async', 'waits', 0),
    session('s2', 'Add --json flag', 'running', 0.01),
    { ...session('s3', 'Explain the parser', 'done', 0.02), branches: 2 },
    { ...session('s4', 'Move the config to YAML', 'asks', 0.03), openElsewhere: true },
    session('s5', 'Migrate to zod 4', 'interrupted', 30),
    session('s6', 'Fix flaky test', 'failed', 31),
    session('s7', '', 'stuck', 80),
  ],
};
const budget: HostMessage = {
  type: 'budget',
  budget: {
    ...{ system: 2911, rules: 420, files: 4210, message: 12, conversation: 5201, answer: 4096 },
    ...{ size: 32_768, condensable: 3880, exact: true },
  },
};
const firstRun = {
  machine: 'RTX 4090 24 GB, 64 GB RAM',
  choices: [
    { id: 'a', title: 'Devstral Small 2', detail: '32k context, all on GPU', recommended: true, bytes: 14.3e9 },
    { id: 'b', title: 'Ministral 3 8B', detail: '64k context, all on GPU', recommended: false, bytes: 5.2e9 },
    { id: 'c', title: 'Starter only', detail: '8k context', recommended: false, bytes: 1.1e9 },
  ],
};
const download = {
  id: 'd',
  name: 'Devstral Small 2',
  received: 6.2e9,
  total: 14.3e9,
  bytesPerSecond: 48e6,
  runs: true,
};

export const stories: Story[] = [
  { name: 'empty', messages: [stateOf([])] },
  { name: 'empty, server', messages: [stateOf([], { model: { name: 'vLLM', kind: 'server' } })] },
  { name: 'A first run', messages: [stateOf([], { firstRun, model: { name: '', kind: 'none' } })] },
  {
    name: 'B downloading',
    messages: [
      stateOf(
        events([
          user('why does test_add fail?', [], 'Starter'),
          answer('`add` returns `a - b`; line 12 should be `a + b`.', [], '', 1312),
          done,
        ]),
        {
          downloads: [
            download,
            { ...download, id: 'e', name: 'Ministral 3 8B', runs: false, total: 5.2e9, received: 1e9 },
          ],
          model: { name: 'Starter', kind: 'local', contextSize: 8192 },
        },
      ),
    ],
  },
  { name: 'C idle', messages: [stateOf(idle, { context: chips, title: 'Make retry async' })] },
  {
    name: 'D waiting',
    messages: [stateOf(events([user('add a --json flag to the CLI')], 0, Date.now() - 4000), running)],
  },
  {
    name: 'D loading',
    messages: [
      stateOf(events([user('add a --json flag')]), running),
      { type: 'progress', progress: { phase: 'loading', name: 'Small 2', fraction: 0.43 } },
    ],
  },
  {
    name: 'D reading',
    messages: [
      stateOf(
        events([
          user('add a --json flag to the CLI'),
          { type: 'progress', progress: { phase: 'reading', done: 12_292, total: 16_500, reused: 4100, msLeft: 6000 } },
        ]),
        running,
      ),
    ],
  },
  {
    name: 'D thinking',
    messages: [
      stateOf(
        events([user('add a --json flag'), { type: 'reasoning', text: 'The flag has to be read first' }]),
        running,
      ),
    ],
  },
  {
    name: 'D streaming',
    messages: [
      stateOf(
        events([
          user('add a --json flag'),
          { type: 'notice', text: 'vLLM is down; Spare answers' },
          { type: 'text', text: `I start with the parser:\n\n\`\`\`python\n${python}` },
        ]),
        { ...running, context: chips },
      ),
    ],
  },
  {
    name: 'D stalled',
    messages: [
      stateOf(
        events([
          user('add a --json flag'),
          { type: 'text', text: 'I start with the' },
          { type: 'progress', progress: { phase: 'stalled', name: 'vLLM', silentMs: 31_000 } },
        ]),
        running,
      ),
    ],
  },
  {
    name: 'reasoning open',
    messages: [
      stateOf(events([user('why?'), answer('Because.', [], 'First I look at the sign.\n\nThen at the sum.'), done]), {
        settings: { reasoning: 'open', whileRunning: 'steer' },
      }),
    ],
  },
  {
    name: 'long code',
    messages: [
      stateOf(
        events([
          user('show it'),
          answer(`\`\`\`ts title="src/values.ts"\n${longCode}\n\`\`\`\n\nInline math stays text: $a^2 + b^2$.`),
          done,
        ]),
      ),
    ],
  },
  {
    name: 'E tool calls',
    messages: [
      stateOf(
        events(
          [
            ...cli,
            ...edited,
            ...plan,
            ...tests,
            { type: 'output', callId: 'p', text: '......F..\n1 failed, 8 passed\n' },
          ],
          0,
          Date.now() - 60_000,
        ),
        { ...running, context: chips },
      ),
    ],
  },
  {
    name: 'E calls opened',
    messages: [
      stateOf(
        events([
          ...cli,
          ...edited,
          ...tests,
          finish(
            'p',
            'exit 1, 1 failed',
            `${Array.from({ length: 20 }, (_, n) => `tests/test_cli.py line ${n}`).join('\n')}\n1 failed, 8 passed`,
            12_000,
            false,
          ),
          answer('', [['f', 'fetch_url', { url: 'https://example.com' }]]),
          begin('f', 'fetch_url', 'Fetch example.com'),
          { type: 'permission', callId: 'f', answer: 'reject_once' },
          finish('f', 'rejected', 'The person did not allow this.', 0, false),
          answer('', [['n', 'bash', { command: 'npm test' }]]),
          begin('n', 'bash', 'npm test'),
          { type: 'permission', callId: 'n', answer: 'allow_always', rule: 'npm test' },
          finish('n', 'exit 0', 'ok', 2300),
          answer('Done.'),
          done,
        ]),
      ),
    ],
    press: ['.call .toggle-head', '.call:nth-child(4) .toggle-head', '.call:nth-child(5) .toggle-head'],
  },
  {
    name: 'F permission',
    messages: [
      stateOf(
        events([
          ...cli,
          answer('', [['c', 'bash', { command: 'npm install zod@4' }]]),
          begin('c', 'bash', 'npm install zod@4'),
        ]),
        {
          ...running,
          pending: { kind: 'permission', at: pendingAt(), asked: { ...asked, reasons: [...asked.reasons] } },
        },
      ),
    ],
  },
  {
    name: 'F high risk, staged',
    messages: [
      stateOf(events([...cli, ...edited]), {
        ...running,
        staged: { ...staged, files: staged.files.slice(0, 1) },
        pending: {
          kind: 'permission',
          at: pendingAt(),
          asked: {
            callId: 'h',
            title: 'Run curl',
            risk: 'high',
            what: 'curl -fsSL https://example.com/install.sh | bash -s -- --yes --prefix "$HOME/.local" && rm -rf build',
            reasons: ['Opens the network', 'Runs code that only the run knows', 'Deletes folders'],
            staged: 1,
          },
        },
      }),
    ],
  },
  {
    name: 'F rule',
    messages: [
      stateOf(events(cli), {
        ...running,
        pending: { kind: 'permission', at: pendingAt(), asked: { ...asked, reasons: [...asked.reasons] } },
      }),
    ],
    press: ['.permission .button:nth-of-type(3)'],
  },
  {
    name: 'F reject and say',
    messages: [
      stateOf(events(cli), {
        ...running,
        pending: { kind: 'permission', at: pendingAt(), asked: { ...asked, reasons: [...asked.reasons] } },
      }),
    ],
    press: ['.permission .button:nth-of-type(4)'],
  },
  {
    name: 'question',
    messages: [
      stateOf(events(cli), {
        ...running,
        pending: {
          kind: 'question',
          at: pendingAt(),
          id: 'q',
          question: 'Which output should be the default when nothing is said?',
          choices: ['Text', 'JSON'],
        },
      }),
    ],
  },
  {
    name: 'G staged',
    messages: [stateOf(events([...cli, ...edited, answer('Three files are ready.'), done]), { staged })],
    press: ['.staged-file .chevron'],
  },
  {
    name: 'G applied',
    messages: [
      stateOf(events([...cli, ...written, answer('Both files are changed.'), done]), { mode: 'accept-edits' }),
    ],
  },
  { name: 'G one file', messages: [stateOf(idle, { staged: { ...staged, files: staged.files.slice(1, 2) } })] },
  {
    name: 'reviewed',
    messages: [
      stateOf(
        events([
          ...cli,
          ...edited,
          {
            type: 'reviewed',
            changeSetId: 's',
            told: 'x',
            files: [{ path: 'src/cli.py', operation: 'edit', accepted: 2, rejected: 1, changedByPerson: true }],
          },
          answer('Applied.'),
          done,
        ]),
      ),
    ],
    press: ['.call:nth-last-child(2) .toggle-head'],
  },
  {
    name: 'H error',
    messages: [
      stateOf(
        events([
          user('add a --json flag to the CLI'),
          {
            type: 'answer',
            text: 'I start with the parser:\nthe flag has to be read bef',
            reasoning: '',
            calls: [],
            cut: 'failed',
          },
          {
            type: 'end',
            reason: 'failed',
            problem: problem('streamCut', { n: 412 }, 'POST /v1/chat/completions\n200, closed after 9.3 s'),
          },
        ]),
      ),
    ],
    press: ['.error-card summary'],
  },
  {
    name: 'H server context',
    messages: [
      stateOf(
        events([
          user('what is in these files?', ['src, 41 files']),
          {
            type: 'end',
            reason: 'failed',
            problem: {
              ...problem('serverContextSmall', { ctx: '8,192', need: '12,400' }, 'counted by the server'),
              copy: '--max-model-len 32768',
            },
          },
        ]),
      ),
    ],
  },
  {
    name: 'H own problem',
    messages: [stateOf(idle), { type: 'problem', problem: problem('internal', { reason: 'The sidecar ended.' }) }],
  },
  {
    name: 'end: stopped',
    messages: [
      stateOf(
        events([
          user('add a flag'),
          { type: 'answer', text: 'I start with', reasoning: '', calls: [], cut: 'stopped' },
          end('stopped'),
        ]),
        { continues: true },
      ),
    ],
  },
  { name: 'end: steps', messages: [stateOf(events([...cli, end('steps')]), { continues: true })] },
  {
    name: 'end: stuck',
    messages: [
      stateOf(events([...cli, { type: 'hint', text: 'The same call again. Do something else.' }, end('stuck')]), {
        continues: true,
      }),
    ],
  },
  {
    name: 'end: stuck, staged',
    messages: [stateOf(events([...cli, end('stuck')]), { continues: true, staged })],
  },
  { name: 'end: interrupted', messages: [stateOf(events([...cli, ...tests]), { continues: true })] },
  {
    name: 'condensed',
    messages: [
      stateOf(
        events([
          user('one'),
          answer('First.'),
          done,
          { type: 'condensed', upTo: 3, summary: '## So far\n\nThe flag is parsed.' },
          { type: 'note', text: 'The session was resumed.' },
          user('two'),
          answer('Second.'),
          { type: 'steer', text: 'use pathlib instead' },
          answer('With pathlib.'),
          done,
        ]),
      ),
    ],
  },
  {
    name: 'I steer with context',
    messages: [
      stateOf(
        events([
          ...cli,
          { type: 'steer', text: 'use pathlib', attached: ['paths.py', 'screenshot.png, 1,280 × 800'] },
          answer('I take pathlib instead.'),
          done,
        ]),
      ),
    ],
  },
  {
    name: 'I waiting',
    messages: [
      stateOf(events([...cli, { type: 'text', text: 'I go on.' }]), {
        ...running,
        waiting: [
          { id: 'w1', kind: 'steer', text: 'use pathlib instead' },
          {
            id: 'w2',
            kind: 'queue',
            text: 'then update the docs, and the changelog, and whatever else names the flag',
          },
        ],
      }),
    ],
    type: 'and bump the version',
  },
  {
    name: 'I send next',
    messages: [
      stateOf(events([...cli, end('stopped')]), {
        waiting: [
          { id: 'w1', kind: 'steer', text: 'use pathlib instead' },
          { id: 'w2', kind: 'queue', text: 'then update the docs, and the changelog' },
        ],
      }),
    ],
  },
  {
    name: 'C versions',
    messages: [stateOf(idle, { branches: [{ event: 0, current: 1, sessions: ['a', 'session', 'b'] }] })],
    press: ['.branches'],
  },
  {
    name: 'wide, history beside',
    messages: [stateOf(idle, { id: 's1', context: chips, title: 'Make retry async' }), sessions],
    widths: [700, 1000],
  },
  {
    name: 'wide, budget beside',
    messages: [stateOf(idle, { id: 's1', context: chips }), sessions, budget],
    press: ['.budget'],
    widths: [700, 1000],
  },
  { name: 'edit prompt', messages: [stateOf(idle)], press: ['.prompt-actions button'] },
  { name: 'J history', messages: [stateOf(idle), { type: 'showHistory' }, sessions] },
  {
    name: 'J searched',
    messages: [
      stateOf(idle),
      { type: 'showHistory' },
      {
        type: 'sessions',
        query: '',
        sessions: [{ ...session('s1', 'Make retry async', 'done', 1), excerpt: '… the parser raises OSError …' }],
      },
    ],
  },
  {
    name: 'J nothing',
    messages: [stateOf(idle), { type: 'showHistory' }, { type: 'sessions', query: '', sessions: [] }],
  },
  {
    name: 'J rename',
    messages: [stateOf(idle), { type: 'showHistory' }, sessions],
    press: ['.session-actions button'],
  },
  {
    name: 'J deleted',
    messages: [
      stateOf(idle),
      { type: 'showHistory' },
      { ...sessions, sessions: sessions.sessions.map((each, at) => (at === 2 ? { ...each, removed: true } : each)) },
    ],
  },
  {
    name: 'K picker',
    messages: [
      stateOf(idle, { context: chips }),
      {
        type: 'candidates',
        query: 'par',
        candidates: [
          { id: '1', kind: 'folder', label: 'src/parser/', detail: '9 files', tokens: 41_200 },
          { id: '2', kind: 'file', label: 'src/parser.py', detail: '', tokens: 3100 },
          { id: '3', kind: 'symbol', label: 'parse_args', detail: 'src/cli.py', tokens: 304 },
          { id: '4', kind: 'problems', label: '4 problems', detail: 'in 2 files', tokens: 196 },
          { id: '5', kind: 'terminal', label: 'last command', detail: 'pytest -q' },
          { id: '6', kind: 'diff', label: 'working tree', detail: '3 files', tokens: 2400 },
          { id: '7', kind: 'url', label: 'address', detail: 'type one' },
        ],
      },
    ],
    type: 'fix this @par',
  },
  {
    name: 'K image',
    messages: [
      stateOf(idle, { context: [...chips, picture], model: { name: 'vLLM', kind: 'server', images: seeing } }),
    ],
  },
  {
    name: 'K image unseen',
    messages: [
      stateOf(idle, { context: [...chips, picture], model: { name: 'Small 2', kind: 'local', images: null } }),
    ],
  },
  { name: 'K nothing', messages: [stateOf(idle), { type: 'candidates', query: 'zzz', candidates: [] }], type: '@zzz' },
  {
    name: 'L budget',
    messages: [stateOf(idle), budget],
    press: ['.budget'],
  },
  {
    name: 'L what condensing drops',
    messages: [
      stateOf(idle),
      {
        type: 'budget',
        budget: {
          system: 2911,
          rules: 420,
          files: 4210,
          message: 12,
          conversation: 5201,
          answer: 4096,
          size: 32_768,
          condensable: 3880,
          exact: true,
        },
      },
      {
        type: 'dropped',
        turns: [
          {
            turn: 1,
            text: 'Make retry() async and say in the docs what it does with errors that are not its own',
            tokens: 2880,
            inPart: false,
          },
          { turn: 2, text: 'And the tests?', tokens: 1000, inPart: true },
        ],
      },
    ],
    press: ['.budget'],
  },
  {
    name: 'L nearly full',
    messages: [
      stateOf(events([user('make retry() async'), answer(summary, [], '', 30_100), done]), {
        mode: 'accept-edits',
        model: { name: 'Devstral Small 2 24B', kind: 'local', contextSize: 32_768 },
      }),
    ],
  },
  {
    name: 'L of the session that is shown',
    messages: [
      stateOf(idle),
      stateOf(events([user('Explain the parser'), answer('It reads a line at a time.', [], '', 1312), done]), {
        id: 'other',
      }),
    ],
  },
  {
    name: 'right to left',
    messages: [
      stateOf(
        events(
          [
            user('אני רוצה לתקן את הקובץ app.py'),
            answer('الملف `app.py` جاهز.\n\n```python\nprint("שלום")\n```'),
            done,
          ],
          0,
          startedAt,
        ),
      ),
    ],
  },
];

import type { AgentToolName } from './agentPrompt.ts';
import type { Random } from './random.ts';
import { randomWords } from './words.ts';

/** One call of a recorded session and what came of it. */
export interface RecordedStep {
  says: string;
  tool: AgentToolName;
  arguments: Record<string, string>;
  result: string;
}

/** How often an agent takes each tool: it reads and runs far more than it edits. */
const tools: readonly AgentToolName[] = [
  'read_file',
  'read_file',
  'read_file',
  'search',
  'search',
  'bash',
  'bash',
  'bash',
  'edit_file',
  'edit_file',
  'list_files',
];

/** A step of a session: the tool, its arguments and a result of the size and form that such a tool gives. */
export function recordStep(random: Random): RecordedStep {
  const tool = random.pick(tools);
  const says = random.fraction() < 0.6 ? `${sentence(random)}.` : '';
  switch (tool) {
    case 'read_file':
      return { says, tool, arguments: { path: path(random) }, result: numbered(code(random, lines(random, 20, 220))) };
    case 'edit_file': {
      const old = code(random, random.between(2, 12));
      const arguments_ = { path: path(random), old_string: old, new_string: code(random, random.between(2, 16)) };
      return { says, tool, arguments: arguments_, result: 'Changed 1 place.' };
    }
    case 'search': {
      const hit = () => `${path(random)}:${random.between(1, 900)}:    ${statement(random)}`;
      const result = Array.from({ length: lines(random, 1, 60) }, hit).join('\n');
      return { says, tool, arguments: { pattern: `\\b${randomWords(random, 1)}\\(` }, result };
    }
    case 'bash': {
      const command = random.pick([
        'npm test',
        'pytest -q',
        'git diff',
        'git log -3',
        'npx tsc --noEmit',
        'make check',
      ]);
      return { says, tool, arguments: { command, description: sentence(random) }, result: output(random) };
    }
    case 'list_files': {
      const result = Array.from({ length: lines(random, 5, 80) }, () => path(random)).join('\n');
      return { says, tool, arguments: { pattern: 'src/**/*.py' }, result };
    }
  }
}

/** Few are long: the logarithm of the number of lines is evenly spread. */
const lines = (random: Random, low: number, high: number) => Math.round(low * (high / low) ** random.fraction());

const name = (random: Random) => randomWords(random, 2).replace(' ', '_');

const path = (random: Random) => `src/${randomWords(random, 1)}/${name(random)}.py`;

const sentence = (random: Random) => {
  const words = randomWords(random, random.between(6, 18));
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const statement = (random: Random) =>
  random.pick([
    () => `${name(random)} = ${name(random)}(${name(random)}, ${random.between(0, 99)})`,
    () => `if ${name(random)} is not None and ${name(random)} > ${random.between(0, 99)}:`,
    () => `return self.${name(random)}.get("${name(random)}", ${name(random)})`,
    () => `# ${randomWords(random, random.between(4, 10))}`,
    () => `raise ValueError(f"${randomWords(random, 4)}: {${name(random)}}")`,
  ])();

const code = (random: Random, count: number) =>
  Array.from({ length: count }, (_, line) =>
    line % 14 === 0 ? `def ${name(random)}(self, ${name(random)}):` : `    ${statement(random)}`,
  ).join('\n');

const numbered = (text: string) =>
  text
    .split('\n')
    .map((line, index) => `${String(index + 1).padStart(5)}\t${line}`)
    .join('\n');

const output = (random: Random) => {
  const line = () => {
    const state = random.fraction() < 0.9 ? 'PASSED' : 'FAILED';
    return `${path(random)}::test_${name(random)} ${state} [${random.between(1, 99)}%]`;
  };
  return `${Array.from({ length: lines(random, 3, 90) }, line).join('\n')}\nexit code ${random.between(0, 1)}`;
};

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fixPrompt } from '../../sidecar/agent/prompts/fix.ts';
import type { Backend, StreamRequest } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';

interface Run {
  tokensPerSecond: number;
  outputTokens: number;
  acceptedTokens: number;
  draftedTokens: number;
  text: string;
}

interface Row {
  file: string;
  tokens: number;
  /** Tokens per second. */
  plain: number;
  drafted: number;
  ratio: number;
  /** Share of the proposed tokens that the model agreed with. */
  accepted: number;
  tokensPerStep: number;
  sameText: boolean;
}

export interface DraftBench {
  rows: Row[];
  /** Tokens per second over all files, and their ratio. */
  plain: number;
  drafted: number;
  ratio: number;
}

const languages: Record<string, string> = { '.py': 'python', '.ts': 'typescript', '.go': 'go' };
const sample = join('test', 'fixtures', 'sample');

/** Lets the model rewrite the sample's files whole with a draft and without, by turns; prints a table. About five minutes. */
export async function runDraftBench(modelPath: string): Promise<DraftBench> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const backend = createLocalBackend({
    modelPath,
    name: 'bench',
    contextSize: 4096,
    threads: 0,
    gpu: 'off',
    dataFolder: folder,
    log: { info: () => {}, warn: () => {} },
  });
  const pairs: { file: string; plain: Run; drafted: Run }[] = [];
  try {
    for (const [i, file] of readdirSync(sample)
      .filter((name) => extname(name) in languages)
      .entries()) {
      const request = rewrite(file);
      const { draft: _draft, ...without } = request;
      // The prompt is read before either is measured.
      await run(backend, { ...without, sampling: { temperature: 0, maxTokens: 1 } });
      // Which goes first changes, so that neither always meets the warmer machine.
      const early = i % 2 === 0 ? await run(backend, request) : null;
      const plain = await run(backend, without);
      const drafted = early ?? (await run(backend, request));
      pairs.push({ file, plain, drafted });
      console.error(
        `${file}: ${plain.tokensPerSecond.toFixed(2)} tok/s, drafted ${drafted.tokensPerSecond.toFixed(2)}`,
      );
    }
  } finally {
    await backend.dispose();
    rmSync(folder, { recursive: true });
  }
  const result = summary(pairs);
  console.table(result.rows);
  console.log(
    `rewriting: ${result.plain.toFixed(2)} tok/s, with drafts ${result.drafted.toFixed(2)} tok/s, ${result.ratio.toFixed(2)} times`,
  );
  return result;
}

function rewrite(file: string): StreamRequest & { draft: string } {
  const text = readFileSync(join(sample, file), 'utf8');
  const languageId = languages[extname(file)] ?? '';
  const fix = { path: file, languageId, text, form: 'file', instruction: undefined, diagnostics: [] } as const;
  return {
    messages: fixPrompt({ ...fix, focus: undefined }),
    tools: [],
    sampling: { temperature: 0, maxTokens: 320 },
    draft: `\`\`\`${languageId}\n${text}\`\`\``,
  };
}

async function run(backend: Backend, request: StreamRequest): Promise<Run> {
  let text = '';
  let result: Run | undefined;
  for await (const event of backend.stream(request, new AbortController().signal)) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'error') throw new Error(event.problem.sentence);
    if (event.type !== 'usage') continue;
    const { tokensPerSecond, outputTokens, acceptedTokens = 0, draftedTokens = 0 } = event;
    result = { tokensPerSecond, outputTokens, acceptedTokens, draftedTokens, text };
  }
  if (!result) throw new Error('the answer had no usage');
  return result;
}

function summary(pairs: readonly { file: string; plain: Run; drafted: Run }[]): DraftBench {
  const rows = pairs.map(({ file, plain, drafted }) => ({
    file,
    tokens: drafted.outputTokens,
    plain: rounded(plain.tokensPerSecond),
    drafted: rounded(drafted.tokensPerSecond),
    ratio: rounded(drafted.tokensPerSecond / plain.tokensPerSecond),
    accepted: rounded(drafted.acceptedTokens / Math.max(1, drafted.draftedTokens)),
    tokensPerStep: rounded(drafted.outputTokens / Math.max(1, drafted.outputTokens - drafted.acceptedTokens)),
    sameText: plain.text === drafted.text,
  }));
  const rate = (runs: Run[]) =>
    runs.reduce((sum, each) => sum + each.outputTokens, 0) /
    runs.reduce((sum, each) => sum + each.outputTokens / each.tokensPerSecond, 0);
  const plain = rate(pairs.map((pair) => pair.plain));
  const drafted = rate(pairs.map((pair) => pair.drafted));
  return { rows, plain, drafted, ratio: drafted / plain };
}

const rounded = (value: number) => Math.round(value * 100) / 100;

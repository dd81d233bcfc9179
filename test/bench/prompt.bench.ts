import { fixPrompt } from '../../sidecar/agent/prompts/fix.ts';
import type { Backend } from '../../sidecar/models/backend.ts';

/** Tokens of a fix prompt before the file's own text (at most 1,200), with the tokenizer of the model. */
export async function runPromptBench(backend: Backend): Promise<{ file: number; edits: number }> {
  const signal = new AbortController().signal;
  for await (const event of backend.prepare(signal))
    if (event.type === 'error') throw new Error(event.problem.sentence);
  const tokens = async (form: 'file' | 'edits') => {
    const messages = fixPrompt({
      path: 'src/app.py',
      languageId: 'python',
      text: '',
      form,
      instruction: undefined,
      diagnostics: [],
      focus: undefined,
    });
    return backend.countTokens(messages, [], signal);
  };
  const result = { file: await tokens('file'), edits: await tokens('edits') };
  await backend.dispose();
  return result;
}

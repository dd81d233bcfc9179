import type { ServerKind } from '../../models/backends/remote/serverFacts.ts';
import { t } from '../../protocol/translate.ts';

interface Family {
  name: string;
  /** In a model's name, path or architecture. */
  mark: RegExp;
  /** Names of its tool-call parser. */
  vllm: string;
  sglang: string;
}

/** Specific names first: a Hermes is made from Llama, a Qwen3-Coder is a Qwen. */
const families: readonly Family[] = [
  { name: 'Hermes', mark: /hermes/i, vllm: 'hermes', sglang: 'hermes' },
  { name: 'Mistral', mark: /mi[sx]tral|(dev|code|mini|magi)stral|voxtral/i, vllm: 'mistral', sglang: 'mistral' },
  { name: 'Qwen3-Coder', mark: /qwen-?3(\.\d+)?-?(moe-)?coder/i, vllm: 'qwen3_coder', sglang: 'qwen3_coder' },
  { name: 'Qwen', mark: /qwen|qwq/i, vllm: 'hermes', sglang: 'qwen' },
  { name: 'gpt-oss', mark: /gpt-?oss/i, vllm: 'openai', sglang: 'gpt-oss' },
  { name: 'GLM', mark: /glm-?4/i, vllm: 'glm45', sglang: 'glm45' },
  { name: 'Kimi', mark: /kimi/i, vllm: 'kimi_k2', sglang: 'kimi_k2' },
  { name: 'DeepSeek V3.1', mark: /deepseek-?v3\.[12]/i, vllm: 'deepseek_v31', sglang: 'deepseekv31' },
  { name: 'DeepSeek', mark: /deepseek/i, vllm: 'deepseek_v3', sglang: 'deepseekv3' },
  { name: 'Llama 4', mark: /llama-?4/i, vllm: 'llama4_pythonic', sglang: 'pythonic' },
  { name: 'Llama 3', mark: /llama-?3/i, vllm: 'llama3_json', sglang: 'llama3' },
];

/** Families whose parser vLLM and SGLang have, as a list to choose from. */
const parserList = (kind: 'vllm' | 'sglang') => families.map((family) => `${family[kind]} (${family.name})`).join(', ');

/** The parser of the served model's family; null: unknown, with the list to choose from. */
export function toolCallParser(kind: 'vllm' | 'sglang', names: readonly string[]): string | null {
  return families.find(({ mark }) => names.some((name) => mark.test(name)))?.[kind] ?? null;
}

/** How tool calls are switched on, exactly. */
export function toolCallFix(kind: ServerKind, names: readonly string[]): string {
  switch (kind) {
    case 'vllm':
    case 'sglang': {
      const flags = kind === 'vllm' ? '--enable-auto-tool-choice --tool-call-parser' : '--tool-call-parser';
      const what = kind === 'vllm' ? 'vLLM' : 'SGLang';
      const parser = toolCallParser(kind, names);
      if (parser !== null) return t('Start {server} with {flags}', { server: what, flags: `${flags} ${parser}` });
      return t("Start {server} with {flags} NAME, where NAME belongs to the model's family: {names}", {
        server: what,
        flags,
        names: parserList(kind),
      });
    }
    case 'llamacpp':
      return t(
        'Start llama-server with --jinja, and where the file has no template for tools, with --chat-template-file FILE',
      );
    case 'ollama':
      return isMistral(names)
        ? t(
            'Give the Modelfile a TEMPLATE with tools and the line PARSER ministral, then ollama create; or take a model of ollama.com with the mark "tools"',
          )
        : t(
            'Take a model of ollama.com with the mark "tools", or give the Modelfile a TEMPLATE with tools, then ollama create',
          );
    case 'lmstudio':
      return t('Load a model that LM Studio marks with a hammer (trained for tool use)');
    case 'transformers':
      return isMistral(names)
        ? t(
            'transformers serve has no parser for this family: serve the model with vLLM and --enable-auto-tool-choice --tool-call-parser mistral, or with llama-server --jinja',
          )
        : t(
            'transformers serve parses calls of few families: serve the model with vLLM and --enable-auto-tool-choice --tool-call-parser NAME, or with llama-server --jinja',
          );
    case 'mistral':
      return t('Choose a model that lists function_calling');
    case 'other':
      return t("Switch on tool calls in the server; the parser has to be the one of the model's family");
  }
}

const isMistral = (names: readonly string[]) => toolCallParser('vllm', names) === 'mistral';

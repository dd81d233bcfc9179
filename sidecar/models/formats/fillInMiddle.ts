/** How a family of models learnt to write between two texts, for servers that take a prompt as text only. */
export interface MiddleFormat {
  family: 'mistral' | 'qwen';
  /** The prompt. The beginning of a text (`<s>`) is the server's to add. */
  render(prefix: string, suffix: string): string;
}

interface Family extends MiddleFormat {
  names: RegExp;
}

/** Control tokens as a tokenizer would find them in any text. */
const mistralControls =
  /<\/?s>|<unk>|<pad>|<SPECIAL_\d+>|\[\/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|TOOL_CALLS|TOOL_CONTENT|SYSTEM_PROMPT|MODEL_SETTINGS|THINK|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|PREFIX|MIDDLE|SUFFIX|ARGS|CALL_ID)\]/g;
const qwenControls = /<\|\w+\|>/g;

const families: readonly Family[] = [
  {
    family: 'mistral',
    names: /codestral|devstral|mistral|ministral|magistral/i,
    // As mistral-common writes it.
    render: (prefix, suffix) =>
      `[SUFFIX]${beforeControls(suffix, mistralControls)}[PREFIX]${afterControls(prefix, mistralControls)}`,
  },
  {
    family: 'qwen',
    names: /qwen.*coder/i,
    // Qwen2.5-Coder, "fill in the middle".
    render: (prefix, suffix) =>
      `<|fim_prefix|>${afterControls(prefix, qwenControls)}<|fim_suffix|>${beforeControls(suffix, qwenControls)}<|fim_middle|>`,
  },
];

/** The format of a model that goes by these names; null if it is not known to have learnt one. */
export const middleFormatOf = (names: readonly string[]): MiddleFormat | null =>
  families.find((family) => names.some((name) => family.names.test(name))) ?? null;

/**
 * Text is never tokenised as control tokens, and here only the server tokenises: what lies behind something that reads
 * like one, as seen from the place between the two texts, is left out.
 */
function afterControls(prefix: string, controls: RegExp): string {
  const last = [...prefix.matchAll(controls)].at(-1);
  return last ? prefix.slice(last.index + last[0].length) : prefix;
}

function beforeControls(suffix: string, controls: RegExp): string {
  const at = suffix.search(controls);
  return at < 0 ? suffix : suffix.slice(0, at);
}

import type { Expected } from '../../unit/capturesExpected.ts';

/** What differs between the real servers, as data, each with its reason. The suite has no other switches. */
export interface Differences {
  /** Whose recorded answers it gives (`test/fixtures/captures`). */
  recorded: string;
  /** Recorded cases that come out otherwise for the client's own request, or whose text hangs on the last bit of a number. */
  cases: Record<string, { expected: Expected | 'any answer'; why: string }>;
  /** `countTokens` is what the model reads; elsewhere it is an upper bound. */
  exactCounts: boolean;
  /** Whether it says its context. Ollama does once the model is loaded. */
  saysContext: boolean;
  /** What becomes of a prompt that does not fit. `answered`: nobody can tell, the server reads past its end. */
  overflow: 'contextFull' | 'answered';
  /** What becomes of a model name that it does not have. */
  wrongModel: 'serverModelUnknown' | 'answered';
  /** Where the tokens that it generated are counted: a name in `/metrics`; `cpu`: nowhere, so its processor time is compared. */
  generated: string;
  /** Checks of the doctor that do not come out ok, by id, with the states that are right here. */
  doctor: Record<string, { states: ('warn' | 'fail')[]; why: string }>;
}

const babble = 'a grammar forbids what the model would write, and what it writes instead is near a tie';

export const differences: Record<string, Differences> = {
  'llama-server': {
    recorded: 'llama-server',
    cases: {
      wild_unknown_tool_stream: { expected: 'any answer', why: babble },
      wild_badargs_stream: { expected: 'any answer', why: babble },
      wild_text_after_stream: { expected: 'any answer', why: babble },
    },
    exactCounts: true,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'answered',
    generated: 'llamacpp:tokens_predicted_total',
    doctor: {},
  },
  ollama: {
    recorded: 'ollama',
    cases: {},
    exactCounts: false,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'serverModelUnknown',
    generated: 'cpu',
    doctor: {},
  },
  transformers: {
    recorded: 'transformers',
    cases: {},
    exactCounts: false,
    saysContext: false,
    overflow: 'answered',
    wrongModel: 'serverModelUnknown',
    generated: 'cpu',
    doctor: {},
  },
  sglang: {
    recorded: 'sglang',
    cases: {},
    exactCounts: false,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'answered',
    generated: 'sglang:generation_tokens_total',
    doctor: {},
  },
  vllm: {
    recorded: 'vllm-mistral',
    cases: {
      wild_badargs_stream: { expected: 'any answer', why: babble },
      wild_text_after_stream: { expected: 'any answer', why: babble },
    },
    exactCounts: true,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'serverModelUnknown',
    generated: 'vllm:generation_tokens_total',
    doctor: {},
  },
};

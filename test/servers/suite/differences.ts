import type { Expected } from '../../unit/capturesExpected.ts';

/** What differs between the real servers, as data, each with its reason. The suite has no other switches. */
export interface Differences {
  /** Whose recorded answers it gives (`test/fixtures/captures`). */
  recorded: string;
  /** Recorded cases that come out otherwise for the client's own request, or whose text hangs on the last bit of a number. */
  cases: Record<string, { expected: Expected | 'any answer'; why: string }>;
  /** After a call that its parser could not read it may hang for ever: the model is unloaded then. */
  hangsAfterUnreadable?: true;
  /** `countTokens` is what the model reads; elsewhere it is an estimate. */
  exactCounts: boolean;
  /** Whether it says its context. Ollama does once the model is loaded. */
  saysContext: boolean;
  /** What becomes of a prompt that does not fit. `answered`: nobody can tell, the server reads past its end. */
  overflow: 'contextFull' | 'answered';
  /** What becomes of a model name that it does not have. */
  wrongModel: 'serverModelUnknown' | 'answered';
  /** It writes 231 tokens before a busy client reads one: it is given a question whose answer does not end. */
  quick: boolean;
  /** Where the tokens that it generated are counted: a name in `/metrics`; `cpu`: nowhere, so its processor time is compared. */
  generated: string;
  /** Checks of the doctor that do not come out ok, by id, with the states that are right here. */
  doctor: Record<string, { states: ('warn' | 'fail')[]; why: string }>;
}

const smallContext: Differences['doctor'] = {
  context: { states: ['fail'], why: 'the tiny Devstral is served with less context than the agent needs' },
};

const unparsed = 'its parser answers 500 for a call that is not strict JSON or names no tool it was sent';
const markerless = 'it writes calls and thoughts into the text and leaves out the markers';
/** The raw newline and tab are the model's own. */
const written = (path: string) => `{"path": "${path}", "content": "one\ntwo\tthree"}`;
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
    quick: true,
    generated: 'llamacpp:tokens_predicted_total',
    doctor: {
      ...smallContext,
      roles: { states: ['warn'], why: "Devstral's template refuses what does not alternate" },
    },
  },
  ollama: {
    recorded: 'ollama',
    hangsAfterUnreadable: true,
    cases: {
      wild_escapes_stream: { expected: { end: 'callUnreadable' }, why: unparsed },
      wild_rawnewline_stream: { expected: { end: 'callUnreadable' }, why: unparsed },
      wild_unknown_tool_stream: { expected: { end: 'callUnreadable' }, why: unparsed },
    },
    exactCounts: false,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'serverModelUnknown',
    quick: false,
    generated: 'cpu',
    doctor: smallContext,
  },
  transformers: {
    recorded: 'transformers',
    cases: {
      wild_badargs_stream: { expected: { calls: [['bash', '{"command": "ls']], end: 'toolCalls' }, why: markerless },
      wild_escapes_stream: {
        expected: { calls: [['write_file', written('a.txt')]], end: 'toolCalls' },
        why: markerless,
      },
      wild_rawnewline_stream: {
        expected: { calls: [['write_file', written('raw.txt')]], end: 'toolCalls' },
        why: markerless,
      },
      wild_text_after_stream: {
        expected: { text: 'and then some text', calls: [['bash', '{"command": "ls"}']], end: 'toolCalls' },
        why: markerless,
      },
      wild_think_stream: { expected: { text: 'I think.The answer is 4.', end: 'stop' }, why: markerless },
      // Nothing tells it from text: no marker, and no tool of that name.
      wild_unknown_tool_stream: { expected: { text: 'launch{"x": 1}', end: 'stop' }, why: markerless },
    },
    exactCounts: false,
    saysContext: false,
    overflow: 'answered',
    wrongModel: 'serverModelUnknown',
    quick: false,
    generated: 'cpu',
    doctor: {
      context: { states: ['warn'], why: 'it does not say its context' },
      tools: { states: ['fail'], why: "it has no parser for Mistral's calls" },
      roles: { states: ['warn'], why: "Devstral's template refuses what does not alternate" },
    },
  },
  sglang: {
    recorded: 'sglang',
    cases: {},
    exactCounts: false,
    saysContext: true,
    overflow: 'contextFull',
    wrongModel: 'answered',
    quick: false,
    generated: 'sglang:generation_tokens_total',
    doctor: {
      ...smallContext,
      prefixCache: { states: ['warn'], why: 'the suite starts it with --disable-radix-cache' },
      roles: { states: ['warn'], why: "Devstral's template refuses what does not alternate" },
    },
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
    quick: false,
    generated: 'vllm:generation_tokens_total',
    doctor: {
      ...smallContext,
      roles: { states: ['warn'], why: 'mistral-common takes system messages first only' },
    },
  },
};

/** What the recorded servers answered, as the notes taken with the recordings say, case by case. */
export interface Expected {
  text?: string;
  reasoning?: string;
  calls?: [name: string, args: string][];
  end: string;
}

type Cases = Record<string, Expected>;

const paris: [string, string] = ['get_weather', '{"city": "Paris"}'];
const rome: [string, string] = ['get_weather', '{"city": "Rome"}'];
const mainFile: [string, string] = ['read_file', '{"path": "src/main.ts"}'];
const hello: Expected = { text: 'Hello there, my good friend!', end: 'stop' };
const strictEscapes = '{"path": "a.txt", "content": "one\\ntwo\\t\\"q\\" \\\\ 世界 😀\\n"}';
const rawEscapes = '{"path": "a.txt", "content": "one\ntwo\tthree"}';

/** What the model said wherever a server passes it on as it is. */
const common: Cases = {
  chat_stream: hello,
  chat_stream_nousage: hello,
  length_stream: { text: '1, 2, 3,', end: 'length' },
  logprobs_stream: { text: 'hi', end: 'stop' },
  stop_stream: { text: '1, 2, 3', end: 'stop' },
  unicode_stream: { text: '😀🎉 世界 ñandú 👩‍👩‍👧 𝔘', end: 'length' },
  rf_json_schema_stream: { text: '{"name": "Ann", "age": 30}', end: 'stop' },
  tool_auto_stream: { calls: [paris], end: 'toolCalls' },
  tool_required_stream: { calls: [paris], end: 'toolCalls' },
  tool_named_stream: { calls: [mainFile], end: 'toolCalls' },
  tool_parallel_stream: { calls: [paris, rome], end: 'toolCalls' },
  tool_length_stream: { calls: [['get_weather', '{"']], end: 'length' },
  wild_leaked_stream: { calls: [['bash', '{"command": "ls"}']], end: 'toolCalls' },
  wild_named_noneed_stream: hello,
  wild_text_and_call_stream: {
    text: 'I will run the tests.',
    calls: [['bash', '{"command": "npm test"}']],
    end: 'toolCalls',
  },
  wild_text_after_stream: { text: ' and then some text', calls: [['bash', '{"command": "ls"}']], end: 'toolCalls' },
  wild_think_stream: { text: 'The answer is 4.', reasoning: 'I think.', end: 'stop' },
  wild_unknown_tool_stream: { calls: [['launch', '{"x": 1}']], end: 'toolCalls' },
};

/** A grammar bends the model where it would write broken JSON, and goes on after a call. */
const grammar: Cases = {
  wild_escapes_stream: { calls: [['write_file', strictEscapes]], end: 'toolCalls' },
  wild_rawnewline_stream: {
    calls: [['write_file', strictEscapes.replace('a.txt', 'raw.txt')]],
    end: 'toolCalls',
  },
};

const lost: Expected = { end: 'stop' };
const failedInside: Expected = { end: 'serverBusy' };

const llamaServer: Cases = {
  ...common,
  ...grammar,
  // The grammar knows the names: the model is bent to another tool.
  wild_unknown_tool_stream: {
    calls: [['bash', '{"command": ": 1} 123, 1, 1, 1, 1, 1, 1, 1, 17, 18, 19, 19,']],
    end: 'length',
  },
  rf_json_schema_stream: {
    reasoning: '{"} 30} and on. The ship sailed on and on. The ship sailed on and on. The ship',
    end: 'length',
  },
  wild_badargs_stream: {
    calls: [['bash', '{"command": "ls, my good friend! 1}[TOOL_CALLS]bash[ARGS]{"}']],
    end: 'toolCalls',
  },
  // Recorded with a time limit: the connection ended in the middle of a chunk.
  wild_text_after_stream: {
    calls: [
      ['bash', '{"command": "ls"}'],
      ['bash', '{"command": "npathathathathú 123, 1, 1, 1, 1, 1, 1,'],
    ],
    end: 'streamCut',
  },
};

const byServer: Record<string, Cases> = {
  'llama-server': llamaServer,
  'llama-server-2507tpl': llamaServer,
  ollama: {
    ...common,
    native_chat_stream: hello,
    native_tool_stream: { calls: [['get_weather', '{"city":"Paris"}']], end: 'toolCalls' },
    // Cut silently; the list of loaded models was recorded for another one, so that the client could not know.
    overflow_stream: { reasoning: '.', end: 'stop' },
    tool_auto_stream: { calls: [['get_weather', '{"city":"Paris"}']], end: 'toolCalls' },
    tool_required_stream: { calls: [['get_weather', '{"city":"Paris"}']], end: 'toolCalls' },
    tool_named_stream: { calls: [['read_file', '{"path":"src/main.ts"}']], end: 'toolCalls' },
    // Both with index 0.
    tool_parallel_stream: {
      calls: [
        ['get_weather', '{"city":"Paris"}'],
        ['get_weather', '{"city":"Rome"}'],
      ],
      end: 'toolCalls',
    },
    tool_length_stream: { end: 'length' },
    wild_badargs_stream: lost,
    wild_text_after_stream: { text: ' and then some text', calls: [['bash', '{"command":"ls"}']], end: 'toolCalls' },
    wild_text_and_call_stream: {
      text: 'I will run the tests.',
      calls: [['bash', '{"command":"npm test"}']],
      end: 'toolCalls',
    },
  },
  sglang: {
    ...common,
    tool_length_stream: { end: 'length' },
    tool_named_stream: { text: '{"}', calls: [['read_file', '", "']], end: 'toolCalls' },
    tool_required_stream: {
      text: '{"command',
      calls: [['get_weather', '"}[TOOL_CALLS]bash[ARGS]{"']],
      end: 'length',
    },
    wild_badargs_stream: lost,
    wild_escapes_stream: lost,
    wild_rawnewline_stream: lost,
    wild_named_noneed_stream: { text: '{', calls: [['get_weather', '", "']], end: 'length' },
    wild_think_stream: { text: 'I think.The answer is 4.', end: 'stop' },
  },
  transformers: {
    ...common,
    overflow_stream: { text: '.', end: 'stop' },
    logprobs_stream: { text: 'hi', end: 'length' },
    // The stop string stays in the text.
    stop_stream: { text: '1, 2, 3, 4', end: 'stop' },
    // No Mistral parser and no markers: the calls are text.
    tool_length_stream: { calls: [['get_weather', '{"']], end: 'length' },
  },
  'vllm-hf-tokenizer': {
    ...common,
    tool_length_stream: failedInside,
    tool_named_stream: failedInside,
    tool_required_stream: failedInside,
    wild_badargs_stream: { calls: [['bash', '{"command": "ls']], end: 'toolCalls' },
    wild_escapes_stream: { calls: [['write_file', rawEscapes]], end: 'toolCalls' },
    wild_rawnewline_stream: { calls: [['write_file', rawEscapes.replace('a.txt', 'raw.txt')]], end: 'toolCalls' },
  },
  'vllm-mistral': {
    ...common,
    ...grammar,
    required_strict_stream: {
      text: 'Hello there, my good friend!',
      calls: [['get_weather', '{"city": "Oslo"}']],
      end: 'toolCalls',
    },
    wild_badargs_stream: {
      calls: [['bash', '{"command": "ls, my good friend! 1} and then some textls"}']],
      end: 'toolCalls',
    },
    wild_named_noneed_stream: {
      text: 'Hello there, my good friend!',
      calls: [['read_file', '{"pmand": "npathú 18']],
      end: 'length',
    },
    wild_text_after_stream: {
      calls: [
        ['bash', '{"command": "ls"}'],
        ['bash', '{"command": "npathathathathú 123, 1, 1, 1, 1, 1'],
      ],
      end: 'streamCut',
    },
  },
  'vllm-qwen': { chat_stream: { text: 'Hello!', end: 'stop' }, chat_stream_nousage: { text: 'Hello!', end: 'stop' } },
};

/** What a captured stream (status 200) comes to. */
export function streams(server: string, name: string): Expected {
  const found = byServer[server]?.[name];
  if (!found) throw new Error(`no expectation for ${server}/${name}`);
  return found;
}

/** The problem that a captured error answer to a chat completion is, from its case, its status and its body. */
export function chatErrors(name: string, status: number, body: string): string {
  if (status === 401) return 'serverKeyRefused';
  if (name === 'bad_model' || name === 'native_bad_model') return 'serverModelUnknown';
  // Only a 500 without a reason may pass; the others come again each time.
  if (status === 500 && /internal server error\W*(,|$)/i.test(body.slice(body.indexOf('\r\n\r\n'))))
    return 'serverBusy';
  if (/^(native_)?overflow(_stream|_notruncate)?$/.test(name)) return 'contextFull';
  // Only Ollama says these, of a call that its parser could not read.
  if (status === 500 && /"message":"(tool '\w+' not found|invalid character '\\\\n')/.test(body))
    return 'callUnreadable';
  return 'serverRefused';
}

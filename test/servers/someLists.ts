/** What LM Studio and Mistral answer, after their documentation: neither can be recorded here. */

export const lmStudioNative = {
  models: [
    {
      type: 'embedding',
      key: 'text-embedding-nomic',
      architecture: 'nomic-bert',
      loaded_instances: [],
      max_context_length: 2048,
    },
    {
      type: 'llm',
      publisher: 'qwen',
      key: 'qwen/qwen3-4b',
      architecture: 'qwen3',
      loaded_instances: [],
      max_context_length: 40960,
      capabilities: { vision: false, trained_for_tool_use: true },
    },
    {
      type: 'llm',
      publisher: 'mistralai',
      key: 'mistralai/devstral-small-2-2512',
      architecture: 'mistral3',
      loaded_instances: [{ id: 'mistralai/devstral-small-2-2512', config: { context_length: 4096 } }],
      max_context_length: 393216,
      format: 'gguf',
      capabilities: { vision: true, trained_for_tool_use: true },
    },
  ],
};

export const lmStudioOlder = {
  object: 'list',
  data: [
    {
      id: 'devstral-small-2507',
      object: 'model',
      type: 'llm',
      publisher: 'lmstudio-community',
      arch: 'llama',
      compatibility_type: 'gguf',
      quantization: 'Q4_K_M',
      state: 'loaded',
      max_context_length: 131072,
      loaded_context_length: 8192,
      capabilities: ['tool_use'],
    },
  ],
};

/** `/v1/models` of LM Studio: names only. */
export const lmStudioList = (ids: readonly string[]): unknown => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', owned_by: 'organization_owner' })),
});

export const mistralList = {
  object: 'list',
  data: [
    { id: 'mistral-embed', object: 'model', owned_by: 'mistralai', capabilities: { completion_chat: false } },
    {
      id: 'mistral-medium-latest',
      object: 'model',
      owned_by: 'mistralai',
      capabilities: { completion_chat: true, function_calling: true, vision: true },
      max_context_length: 131072,
    },
  ],
};

/** The paths that transformers serve was recorded with (the recording kept their names only). */
export const transformersOpenapi = {
  info: { title: 'FastAPI', version: '0.1.0' },
  paths: { '/health': {}, '/load_model': {}, '/reset': {}, '/v1/chat/completions': {}, '/v1/models': {} },
};

import type { StreamRequest, Tool } from '../../../sidecar/models/backend.ts';

// What the tiny Devstral learned by rote, to the letter.
export const weather: Tool = {
  name: 'get_weather',
  description: 'Get the current weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['c', 'f'] } },
    required: ['city'],
  },
};
export const readFile: Tool = {
  name: 'read_file',
  description: 'Read a file',
  parameters: {
    type: 'object',
    properties: { path: { type: 'string' }, offset: { type: 'integer' } },
    required: ['path'],
  },
};

export const parisQuestion = 'What is the weather in Paris? Use the tool.';
const counting = 'Count from 1 to 100.';
const bash: Tool = {
  name: 'bash',
  description: 'Run a command',
  parameters: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
};
/** A long answer: 231 tokens, or, where a grammar lets no text follow a call, as many as are allowed. */
export const longAnswer = (endless: boolean): StreamRequest => ({
  messages: [{ role: 'user', content: endless ? 'Talk after the call' : counting }],
  tools: endless ? [bash] : [],
  sampling: { temperature: 0, maxTokens: endless ? 1700 : 300 },
});

import type { Tool } from '../../../sidecar/models/backend.ts';

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
export const counting = 'Count from 1 to 100.';

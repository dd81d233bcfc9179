import type { AgentSettings } from '../protocol/models.ts';

/** Of a person who has set nothing, in a terminal: who names a folder there trusts it. */
export const defaultAgentSettings: AgentSettings = {
  maxSteps: 50,
  rules: [],
  answerLanguage: 'auto',
  sandbox: 'auto',
  sandboxImage: '',
  sandboxNetwork: false,
  fetchUrl: false,
  mcpServers: [],
  trusted: true,
  ripgrep: '',
};

import * as z from 'zod/mini';

/** How much the agent may do without being asked. A workspace can never set it. */
export const AgentMode = z.enum(['plan', 'ask', 'accept-edits', 'auto']);
export type AgentMode = z.infer<typeof AgentMode>;

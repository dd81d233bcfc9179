import type { Memento } from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';

const key = 'devstral.session.modes';
/** Sessions whose mode is remembered. */
const most = 50;

/** The mode that the person chose in each session; the sidecar keeps none. */
export interface RememberedModes {
  of(sessionId: string): AgentMode | undefined;
  remember(sessionId: string, mode: AgentMode): void;
}

export function rememberedModes(memento: Memento): RememberedModes {
  const all = () => memento.get<Record<string, AgentMode>>(key, {});
  return {
    of: (sessionId) => all()[sessionId],
    remember(sessionId, mode) {
      const { [sessionId]: _before, ...others } = all();
      const newest = [...Object.entries(others), [sessionId, mode]].slice(-most);
      void memento.update(key, Object.fromEntries(newest));
    },
  };
}

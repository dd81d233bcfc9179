import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { AgentSettings } from '../../sidecar/protocol/models.ts';
import type { PanelSettings } from '../../webview/protocol.ts';
import { ownValue } from '../ownValue.ts';
import { editorRipgrep } from './editorRipgrep.ts';

/** Settings of the agent: the person's own, whatever a workspace says. */
const own = <T>(name: string, fallback: T): T =>
  ownValue(vscode.workspace.getConfiguration('devstral'), name, fallback);

/** One of the values of a setting; anything else that stands there is the default. */
function oneOf<T extends string>(name: string, values: readonly T[], fallback: T): T {
  const value = own<unknown>(name, fallback);
  return values.find((each) => each === value) ?? fallback;
}

export const modes = ['plan', 'ask', 'accept-edits', 'auto'] as const satisfies readonly AgentMode[];

/** Mode of a new session. Without trust it only reads. */
export const newSessionMode = (): AgentMode =>
  vscode.workspace.isTrusted ? oneOf('agent.mode', modes, 'ask') : 'plan';

export const notifyInBackground = (): boolean => own('notifyInBackground', true);

export const panelSettings = (): PanelSettings => ({
  reasoning: oneOf('chat.reasoning', ['folded', 'open', 'hidden'], 'folded'),
  whileRunning: oneOf('chat.whileRunning', ['steer', 'queue'], 'steer'),
});

/** What the sidecar needs to know of the agent. */
export function agentSettings(): AgentSettings {
  const steps = own<unknown>('agent.maxSteps', 50);
  return {
    maxSteps: typeof steps === 'number' && steps >= 1 ? Math.floor(steps) : 50,
    rules: rulesOf(own<unknown>('agent.rules', {}), workspaceKey()),
    answerLanguage: String(own<unknown>('agent.answerLanguage', 'auto')) || 'auto',
    sandbox: oneOf('agent.sandbox', ['auto', 'off', 'docker', 'podman'], 'auto'),
    sandboxImage: String(own<unknown>('agent.sandboxImage', '')),
    sandboxNetwork: own<unknown>('agent.sandboxNetwork', false) === true,
    fetchUrl: own<unknown>('agent.fetchUrl', false) === true,
    mcpServers: listIn(own<unknown>('agent.mcpServers', [])),
    trusted: vscode.workspace.isTrusted,
    ripgrep: editorRipgrep() ?? '',
  };
}

/** Rules belong to the folders that are open, in whatever order. */
function workspaceKey(): string {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return folders.sort().join(delimiter);
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function rulesOf(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const rules = listIn((value as Record<string, unknown>)[key]);
  return rules.filter((rule) => typeof rule === 'string' && rule.trim() !== '') as string[];
}

/** Stores a rule for this workspace in the person's settings. One after the other: each reads what the last one wrote. */
export async function keepRule(rule: string): Promise<void> {
  const kept = keeping.then(async () => {
    const key = workspaceKey();
    const settings = vscode.workspace.getConfiguration('devstral');
    const all = ownValue<unknown>(settings, 'agent.rules', {});
    const known = rulesOf(all, key);
    if (key === '' || known.includes(rule)) return;
    const others = typeof all === 'object' && all !== null ? all : {};
    await settings.update('agent.rules', { ...others, [key]: [...known, rule] }, vscode.ConfigurationTarget.Global);
  });
  keeping = kept.catch(() => undefined);
  return kept;
}

let keeping: Promise<void> = Promise.resolve();

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultAgentSettings } from '../../sidecar/agent/agentDefaults.ts';
import { createAgentSession } from '../../sidecar/agent/agentSession.ts';
import { createAgentWorkspace } from '../../sidecar/agent/agentWorkspace.ts';
import type { LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import type { PermissionAnswer, PermissionQuestion, Person, ReviewAnswer } from '../../sidecar/host/person.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import type { Backend } from '../../sidecar/models/backend.ts';
import type { ModelManager } from '../../sidecar/models/modelManager.ts';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { AgentSettings } from '../../sidecar/protocol/models.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';
import { applyOutcomes } from '../../sidecar/workspace/applyChanges.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { openJournal } from '../../sidecar/workspace/journal.ts';

export const never = new AbortController().signal;

/** A person who answers by functions, and remembers what they were shown. */
export function personWho(
  permit: (question: PermissionQuestion) => PermissionAnswer,
  review: (changeSet: ChangeSet) => Promise<ReviewAnswer> | ReviewAnswer = () => ({ kind: 'rejected' }),
) {
  const asked: PermissionQuestion[] = [];
  const reviewed: ChangeSet[] = [];
  const person: Person = {
    async permit(question) {
      asked.push(question);
      return permit(question);
    },
    async review(changeSet) {
      reviewed.push(changeSet);
      return review(changeSet);
    },
    ask: async () => null,
  };
  return { person, asked, reviewed };
}

export interface TestSession {
  /** Real path. */
  root: string;
  /** For the journal and the log. */
  data: string;
  backend: Backend;
  tools: readonly AnyTool[];
  mode: AgentMode;
  person: Person;
  rules?: readonly string[];
  maxSteps?: number;
  settings?: Partial<AgentSettings>;
  offline?: boolean;
  /** How the model becomes ready; at once if it is not said. */
  prepare?: ModelManager['prepare'];
}

/** The host, the documents and the way to disk of the command line, for one workspace. */
export function disk({ data }: Pick<TestSession, 'data'>) {
  const host = createTerminalHost({ env: {} });
  const documents = createDocuments(host);
  const journal = openJournal(data);
  const apply = (changeSet: ChangeSet, signal = never) =>
    applyOutcomes(
      { changeSetId: changeSet.id, files: acceptAll(changeSet) },
      { host, journal, currentText: (uri) => documents.read(uri, signal), signal },
    );
  return { host, documents, journal, apply };
}

/** A session as `devstral ask` wires it, with the tools given, where no sandbox holds commands back. */
export async function openTestSession(setting: TestSession) {
  const { root, data, backend, mode } = setting;
  const { host, documents, journal } = disk(setting);
  const models = {
    prepare: setting.prepare ?? (async () => ({ kind: 'ready', backend })),
    status: () => ({ name: 'Scripted' }),
    settings: () => ({ offline: setting.offline ?? false, proxy: { url: '', noProxy: [], strictTls: true } }),
  } as unknown as ModelManager;
  const settings: AgentSettings = {
    ...defaultAgentSettings,
    sandbox: 'off',
    rules: [...(setting.rules ?? [])],
    maxSteps: setting.maxSteps ?? 50,
    ...setting.settings,
  };
  const workspace = createAgentWorkspace({
    host,
    documents,
    journal,
    models: () => models,
    data,
    roots: () => [root],
    settings: () => settings,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, recentProblems: () => [] },
  });
  const store = await workspace.store();
  const log = await store.create();
  const { folder, staged: stagedPath } = store.files(log.head.id);
  const deps = await workspace.sessionDeps({
    person: setting.person,
    hasPerson: true,
    mode: () => mode,
    keepRule: async () => undefined,
    takeSteer: async () => undefined,
    steered: () => new AbortController().signal,
  });
  const tools = async () => setting.tools;
  const session = createAgentSession({ ...deps, tools }, { log, folder, stagedPath });
  async function turn(text: string, signal = never): Promise<LoopEvent[]> {
    const all: LoopEvent[] = [];
    for await (const event of session.send({ text, context: '', attached: [], images: [], sources: [] }, signal))
      all.push(event);
    return all;
  }
  return { session, log, turn, workspace };
}

/** A file of a change set, relative to a root. */
export const pathBelow = (root: string, uri: string) => relative(root, fileURLToPath(uri)).replaceAll('\\', '/');

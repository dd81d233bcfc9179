import { join } from 'node:path';
import { createCheckpointRoom } from '../checkpoints/checkpointRoom.ts';
import { commandDeps } from '../commands/commandDeps.ts';
import { endAllCommands } from '../commands/killTree.ts';
import { deleteOldRemoved } from '../commands/laterRunsGuard.ts';
import { removeOldOutputs } from '../commands/outputFile.ts';
import type { CommandDeps } from '../commands/runInWorkspace.ts';
import { heldFolder, removeLeftPlaces } from '../commands/sandbox/heldPlaces.ts';
import type { Host } from '../host/host.ts';
import type { Person } from '../host/person.ts';
import { acceptAll } from '../host/terminalReview.ts';
import type { Log } from '../log.ts';
import { createDispatcher, isLoopback } from '../models/http.ts';
import type { ModelManager } from '../models/modelManager.ts';
import { decide } from '../permission/decide.ts';
import type { AgentMode } from '../protocol/agentMode.ts';
import type { FileOutcome } from '../protocol/changes.ts';
import type { AgentSettings } from '../protocol/models.ts';
import { t } from '../protocol/translate.ts';
import { readDevstralIgnore } from '../sessions/devstralIgnore.ts';
import { applyRetention, defaultRetention } from '../sessions/retention.ts';
import { createSessionStore, type SessionStore } from '../sessions/sessionStore.ts';
import { createFetchUrlTool } from '../tools/fetchUrl.ts';
import { McpServerSettings } from '../tools/mcp/connectServer.ts';
import { createMcpServers, type McpServers } from '../tools/mcp/mcpServers.ts';
import type { AnyTool } from '../tools/tool.ts';
import { sessionTools } from '../tools/toolSet.ts';
import { applyOutcomes } from '../workspace/applyChanges.ts';
import type { Documents } from '../workspace/documents.ts';
import type { Journal } from '../workspace/journal.ts';
import { shownPath } from '../workspace/shownPath.ts';
import type { Steer } from './agentLoop.ts';
import type { AgentSessionDeps } from './agentSession.ts';
import { readRules } from './projectRules.ts';
import type { Surroundings } from './prompts/agent.ts';

export interface WorkspaceDeps {
  host: Host;
  documents: Documents;
  journal: Journal;
  models(): ModelManager;
  /** Our data folder. */
  data: string;
  /** Absolute real paths. */
  roots(): readonly string[];
  settings(): AgentSettings;
  log: Log;
}

/** Who decides in a session, and how much it may do unasked. */
export interface SessionConsent {
  person: Person;
  /** Somebody can be asked. */
  hasPerson: boolean;
  mode(): AgentMode;
  keepRule(rule: string): Promise<void>;
  takeSteer(): Promise<Steer | undefined>;
  steered(): AbortSignal;
}

/** What the sessions of a workspace share: how commands run, tools, MCP servers, where sessions are kept. */
export interface AgentWorkspace {
  store(): Promise<SessionStore>;
  /** What a new session is made of; commands find their sandbox here. */
  sessionDeps(consent: SessionConsent): Promise<AgentSessionDeps>;
  /** What the model can call now; `notice` is told of what could not be had. */
  tools(notice: (text: string) => void, signal: AbortSignal): Promise<readonly AnyTool[]>;
  surroundings(): Promise<Surroundings>;
  apply(changeSetId: string, files: FileOutcome[], signal: AbortSignal): ReturnType<typeof applyOutcomes>;
  /** Deletes what is too old or too much. */
  cleanUp(): Promise<void>;
  /** Ends all commands and servers that were started. */
  dispose(): Promise<void>;
}

export function createAgentWorkspace(deps: WorkspaceDeps): AgentWorkspace {
  const { host, documents, journal, models, data, roots, settings, log } = deps;
  const sessions = join(data, 'sessions');
  const checkpointRoom = createCheckpointRoom(sessions);
  let commands: { key: string; made: Promise<CommandDeps> } | undefined;
  let mcp: { key: string; servers: McpServers; problems: string[] } | undefined;
  let stores: { key: string; made: Promise<SessionStore> } | undefined;

  const apply: AgentWorkspace['apply'] = (changeSetId, files, signal) =>
    applyOutcomes({ changeSetId, files }, { host, journal, currentText: (uri) => documents.read(uri, signal), signal });

  /** Found anew when the settings of the sandbox change. */
  function commandsNow(): Promise<CommandDeps> {
    const { sandbox, sandboxImage: image, sandboxNetwork: network } = settings();
    const key = JSON.stringify([sandbox, image, network]);
    if (commands?.key !== key) {
      const setting = { sandbox, network, ...(image === '' ? {} : { image }) };
      commands = { key, made: commandDeps(data, setting) };
    }
    return commands.made;
  }

  /** Offline, a server is reached on this computer only. */
  function mcpNow(offline: boolean): { servers: McpServers; problems: string[] } {
    const { mcpServers } = settings();
    const key = JSON.stringify([mcpServers, offline]);
    if (mcp?.key === key) return mcp;
    mcp?.servers.dispose().catch((error: unknown) => log.warn(`MCP: ${String(error)}`));
    const read = mcpServers.map((entry) => McpServerSettings.safeParse(entry));
    const problems = read.flatMap(({ error }, at) =>
      error
        ? [
            t('MCP server {number} of the settings: {reason}.', {
              number: at + 1,
              reason: error.issues[0]?.message ?? t('not understood'),
            }),
          ]
        : [],
    );
    const isAway = (one: McpServerSettings) => offline && 'url' in one && !isLoopback(new URL(one.url).hostname);
    const wanted = read.flatMap((one) => one.data ?? []);
    problems.push(...wanted.filter(isAway).map(({ name }) => t('MCP server {name}: offline mode is on.', { name })));
    const { proxy } = models().settings();
    const options = { cwd: roots()[0] ?? data, dispatcher: createDispatcher({ proxy }) };
    const servers = createMcpServers(
      wanted.filter((one) => !isAway(one)),
      options,
    );
    mcp = { key, servers, problems };
    return mcp;
  }

  async function tools(notice: (text: string) => void, signal: AbortSignal): Promise<readonly AnyTool[]> {
    const { trusted, ripgrep, fetchUrl, mcpServers } = settings();
    const own = sessionTools({
      root: roots()[0] ?? data,
      host,
      commands: await commandsNow(),
      ...(ripgrep === '' ? {} : { ripgrep }),
    });
    // What a workspace that is not trusted could make run is not even offered.
    if (!trusted) return own.filter(({ effect }) => effect === 'none' || effect === 'read');
    const { offline, proxy } = models().settings();
    const fetching = fetchUrl && !offline ? [createFetchUrlTool({ proxy, allowPrivate: false })] : [];
    if (mcpServers.length === 0) return [...own, ...fetching];
    const { servers, problems } = mcpNow(offline);
    const foreign = await servers.tools(signal);
    for (const problem of [...problems, ...foreign.problems]) notice(problem);
    return [...own, ...fetching, ...foreign.tools];
  }

  async function surroundings(): Promise<Surroundings> {
    const { trusted, answerLanguage } = settings();
    const { shell } = await commandsNow();
    return {
      platform: process.platform,
      shell: shell.kind,
      roots: roots(),
      date: new Date(),
      rules: await readRules(roots(), data, trusted),
      answerLanguage,
    };
  }

  /** The mode in force: a workspace that is not trusted is only read. */
  const modeOf = ({ mode }: SessionConsent): AgentMode => (settings().trusted ? mode() : 'plan');

  return {
    apply,
    tools,
    surroundings,
    store() {
      const key = JSON.stringify(roots());
      if (stores?.key !== key) stores = { key, made: openStore() };
      return stores.made;
    },
    async sessionDeps(consent) {
      // Looked for now, so that the first command does not wait for it.
      await commandsNow();
      return {
        models: models(),
        documents,
        host,
        person: consent.person,
        journal,
        checkpointRoom,
        roots,
        tools,
        trusted: () => settings().trusted,
        appliesAtOnce: () => ['accept-edits', 'auto'].includes(modeOf(consent)),
        apply: (changeSet, signal) => apply(changeSet.id, acceptAll(changeSet), signal),
        async decide({ tool: { effect } }, assessment) {
          const { sandbox } = await commandsNow();
          const mode = modeOf(consent);
          return decide({
            // Where nothing holds a command back, each is asked about.
            mode: effect === 'command' && sandbox.kind === 'none' && mode === 'auto' ? 'ask' : mode,
            effect,
            assessment,
            rules: settings().rules,
            person: consent.hasPerson,
          });
        },
        keepRule: consent.keepRule,
        surroundings,
        maxSteps: () => settings().maxSteps,
        takeSteer: consent.takeSteer,
        steered: consent.steered,
      };
    },
    async cleanUp() {
      removeOldOutputs(join(data, 'outputs'), new Date());
      removeLeftPlaces(heldFolder(data));
      await deleteOldRemoved(join(data, 'removed'), new Date());
      await applyRetention(sessions, defaultRetention);
      await checkpointRoom.prune();
    },
    async dispose() {
      await endAllCommands();
      await mcp?.servers.dispose();
    },
  };

  async function openStore(): Promise<SessionStore> {
    const here = roots();
    const nameOf = (uri: string) => shownPath(here, uri);
    const isIgnored = await readDevstralIgnore(here);
    return createSessionStore({ sessions, roots: here, journal, checkpointRoom, isIgnored, nameOf });
  }
}

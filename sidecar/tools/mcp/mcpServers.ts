import { t } from '../../protocol/translate.ts';
import type { AnyTool, ToolResult } from '../tool.ts';
import { type Connection, type ConnectOptions, connectServer, type McpServerSettings } from './connectServer.ts';
import { describedTool, toolNames } from './mcpTool.ts';
import { resultText } from './resultText.ts';

export interface McpServers {
  /** The tools of all servers; starts those that do not run. `problems`: one line for each that is not there. */
  tools(signal: AbortSignal): Promise<{ tools: AnyTool[]; problems: string[] }>;
  /** Ends all servers with what they started. */
  dispose(): Promise<void>;
}

type Options = Omit<ConnectOptions, 'signal'>;

/** A call may take this long without progress, and this long in all. */
const callLimits = { timeout: 120_000, maxTotalTimeout: 600_000, resetTimeoutOnProgress: true };

/** The servers of the settings, each started when its tools are first needed, and again when it has ended. */
export function createMcpServers(servers: readonly McpServerSettings[], options: Options): McpServers {
  const connections = new Map<McpServerSettings, Promise<Connection>>();
  const ended = new AbortController();

  /** What runs, else what is started now; a server outlives the turn that needs it first. */
  function connection(server: McpServerSettings, signal: AbortSignal): Promise<Connection> {
    const start = () => connectServer(server, { ...options, signal: AbortSignal.any([signal, ended.signal]) });
    const known = connections.get(server);
    const next = known ? known.then((open) => (open.isClosed() ? start() : open), start) : start();
    connections.set(server, next);
    return next;
  }

  async function call(server: McpServerSettings, name: string, args: object, signal: AbortSignal): Promise<ToolResult> {
    let connected: Connection | undefined;
    try {
      connected = await connection(server, signal);
      const result = await connected.client.callTool({ name, arguments: { ...args } }, undefined, {
        ...callLimits,
        onprogress: () => undefined,
        signal,
      });
      return resultText(result);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      const said = connected?.isClosed() ? connected.said() : '';
      return {
        ok: false,
        text: [`${server.name}: ${reason}`, said].filter(Boolean).join('\n'),
        summary: t('no answer'),
      };
    }
  }

  return {
    async tools(signal) {
      const problems: string[] = [];
      const found = await Promise.all(
        servers.map(async (server) => {
          const connected = await connection(server, signal).catch((error: unknown) => {
            signal.throwIfAborted();
            problems.push(`${server.name}: ${error instanceof Error ? error.message : String(error)}`);
          });
          return (connected?.tools ?? []).map((tool) => ({ server, tool }));
        }),
      );
      const all = found.flat();
      const names = toolNames(all.map(({ server, tool }) => [server.name, tool.name]));
      const tools = all.flatMap(({ server, tool }, at) => {
        const run = (args: object, stop: AbortSignal) => call(server, tool.name, args, stop);
        const described = describedTool(tool, { server: server.name, name: names[at] ?? '', run });
        if (!described)
          problems.push(
            t('{server}: the description of {tool} is too long to be offered.', {
              server: server.name,
              tool: tool.name,
            }),
          );
        return described ?? [];
      });
      return { tools, problems };
    },
    async dispose() {
      ended.abort();
      await Promise.all(
        [...connections.values()].map((one) => one.then((open) => open.close()).catch(() => undefined)),
      );
    },
  };
}

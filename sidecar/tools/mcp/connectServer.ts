import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Tool as ForeignTool } from '@modelcontextprotocol/sdk/types.js';
import { type Dispatcher, fetch as undiciFetch } from 'undici';
import * as z from 'zod';
import { version } from '../../version.ts';
import { createStdioTransport } from './stdioTransport.ts';

const name = z.string().regex(/^[\w.-]{1,40}$/, 'letters, digits, "-", "_" and ".", at most 40');

/** One server of the settings: a program, or an address of the streamable HTTP transport. */
export const McpServerSettings = z.union([
  z.strictObject({
    name,
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    name,
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
  }),
]);
export type McpServerSettings = z.infer<typeof McpServerSettings>;

export interface Connection {
  client: Client;
  tools: ForeignTool[];
  /** Whether the server has ended or the connection is lost. */
  isClosed(): boolean;
  /** What a server that is a program said last to stderr. */
  said(): string;
  close(): Promise<void>;
}

export interface ConnectOptions {
  cwd: string;
  dispatcher: Dispatcher;
  signal: AbortSignal;
}

const startMs = 30_000;
const mostTools = 64;

/** Starts or reaches a server and asks for its tools. Throws what goes wrong; nothing of the server is left then. */
export async function connectServer(server: McpServerSettings, options: ConnectOptions): Promise<Connection> {
  const client = new Client({ name: 'devstral', version }, { jsonSchemaValidator: { getValidator: () => takesAll } });
  let closed = false;
  client.onclose = () => {
    closed = true;
  };
  const local = 'command' in server ? createStdioTransport({ ...server, cwd: options.cwd }) : null;
  const remote = 'url' in server ? httpTransport(server, options.dispatcher) : null;
  const transport = local ?? remote;
  const said = () => local?.said() ?? '';
  try {
    const limits = { signal: options.signal, timeout: startMs };
    // The class and the interface differ under exactOptionalPropertyTypes only.
    await client.connect(transport as Transport, limits);
    const tools: ForeignTool[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor }, limits);
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor !== undefined && tools.length < mostTools && ++pages < mostTools);
    const close = async () => {
      await remote?.terminateSession().catch(() => undefined);
      await client.close();
    };
    return { client, tools: tools.slice(0, mostTools), isClosed: () => closed, said, close };
  } catch (error) {
    await (transport?.close() ?? Promise.resolve()).catch(() => undefined);
    options.signal.throwIfAborted();
    throw new Error([error instanceof Error ? error.message : String(error), said()].filter(Boolean).join(': '));
  }
}

/** Structured results are shown as text only, so their schemas, which may hold any regular expression, are not run. */
const takesAll = (data: unknown) => ({ valid: true as const, data: data as never, errorMessage: undefined });

function httpTransport({ url, headers }: Extract<McpServerSettings, { url: string }>, dispatcher: Dispatcher) {
  const fetch = (at: string | URL, init?: RequestInit) =>
    undiciFetch(at, { ...(init as Parameters<typeof undiciFetch>[1]), dispatcher }) as unknown as Promise<Response>;
  return new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers }, fetch });
}

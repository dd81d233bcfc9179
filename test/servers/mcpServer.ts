import { spawn } from 'node:child_process';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

const object = (properties: object = {}, required: string[] = []) => ({
  type: 'object' as const,
  properties,
  required,
});

/** A small server of the SDK with tools that answer, refuse, are silent and end it. */
export function createMcpServer(): Server {
  const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [
      {
        name: 'echo',
        description: 'Says it again.',
        inputSchema: object({ text: { type: 'string', description: 'What' } }, ['text']),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      { name: 'kinds of content/all', inputSchema: object() },
      { name: 'refuse', inputSchema: object(), annotations: { destructiveHint: false, openWorldHint: false } },
      { name: 'silent', inputSchema: object() },
      { name: 'end', inputSchema: object() },
      { name: 'child', inputSchema: object() },
      { name: 'env', inputSchema: object() },
      { name: 'huge', inputSchema: object({ x: { description: 'x'.repeat(20_000) } }) },
    ],
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
    switch (params.name) {
      case 'echo':
        return text(`${params.arguments?.text}`);
      case 'kinds of content/all':
        return {
          content: [
            { type: 'image', mimeType: 'image/png', data: 'AAAA'.repeat(1000) },
            { type: 'resource', resource: { uri: 'x://a', text: 'inside' } },
            { type: 'resource_link', uri: 'x://b', name: 'B' },
          ],
        };
      case 'refuse':
        return { ...text('no such thing'), isError: true };
      case 'end':
        console.error('I have had enough');
        setTimeout(() => process.exit(3), 20);
        return new Promise<never>(() => undefined);
      case 'child': {
        const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
        return text(`${child.pid} ${process.pid}`);
      }
      case 'env':
        return text(JSON.stringify(process.env));
      default:
        return new Promise<never>(() => undefined);
    }
  });
  return server;
}

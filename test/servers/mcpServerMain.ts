import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createMcpServer } from './mcpServer.ts';

// Servers print to stdout by mistake.
console.log('ready');
await createMcpServer().connect(new StdioServerTransport());

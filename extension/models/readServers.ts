import type { ServerEntry } from '../../sidecar/protocol/models.ts';

/** The servers in a value that a person or a workspace wrote: entries without name and address are left out. */
export function readServers(value: unknown): ServerEntry[] {
  return Array.isArray(value) ? value.flatMap(readServer) : [];
}

function readServer(value: unknown): ServerEntry[] {
  if (!isRecord(value) || typeof value.name !== 'string' || typeof value.url !== 'string') return [];
  const { name, url, model, headers, contextTokens, maxOutputTokens } = value;
  const sent = isRecord(headers)
    ? Object.fromEntries(
        Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    : {};
  return [
    {
      name,
      url,
      ...(typeof model === 'string' ? { model } : {}),
      ...(Object.keys(sent).length > 0 ? { headers: sent } : {}),
      ...(isCount(contextTokens) ? { contextTokens } : {}),
      ...(isCount(maxOutputTokens) ? { maxOutputTokens } : {}),
    },
  ];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

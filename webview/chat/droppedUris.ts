/**
 * Addresses in what was dropped or pasted. VS Code's own lists first: its explorer writes only one address where other
 * programs look (`text/uri-list`), and all of them in lists of its own.
 */
export function droppedUris(data: DataTransfer): string[] {
  const lists = [
    lines(data.getData('application/vnd.code.uri-list')),
    strings(data.getData('ResourceURLs')),
    strings(data.getData('CodeEditors')),
    lines(data.getData('text/uri-list')),
  ];
  const found = lists.map((list) => list.filter((line) => /^(file|vscode-[\w-]+):/.test(line)));
  return [...new Set(found.find((list) => list.length > 0))];
}

const lines = (text: string) => text.split(/\r?\n/).map((line) => line.trim());

/** JSON lists of addresses (`ResourceURLs`), or of editors with theirs (`CodeEditors`). */
function strings(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [];
    return list.flatMap((item: unknown) => (typeof item === 'string' ? item : addressOf(item)));
  } catch {
    return [];
  }
}

/** A `resource` is an address, or a URI in parts. */
function addressOf(editor: unknown): string[] {
  const resource = (editor as { resource?: unknown } | null)?.resource;
  if (typeof resource === 'string') return [resource];
  const { external, scheme, path } = (resource ?? {}) as Record<string, unknown>;
  if (typeof external === 'string') return [external];
  return scheme === 'file' && typeof path === 'string' ? [`file://${encodeURI(path)}`] : [];
}

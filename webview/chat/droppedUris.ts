/** Addresses in what was dropped or pasted: VS Code's own list, else files as other programs name them. */
export function droppedUris(data: DataTransfer): string[] {
  const codeList = data.getData('application/vnd.code.uri-list');
  const list = codeList === '' ? data.getData('text/uri-list') : codeList;
  return list
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => /^(file|vscode-[\w-]+):/.test(line));
}

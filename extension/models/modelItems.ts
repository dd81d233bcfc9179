import * as vscode from 'vscode';
import type { ModelEntry } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';

export type ItemAction = 'download' | 'pause' | 'size' | 'reveal' | 'check' | 'key' | 'remove';

export interface ModelItem extends vscode.QuickPickItem {
  entry?: ModelEntry;
  run?: () => unknown;
}

const groups: [ModelEntry['group'], string][] = [
  ['inUse', t('In use')],
  ['onThisComputer', t('On this computer')],
  ['canBeDownloaded', t('Can be downloaded')],
  ['doesNotFit', t('Does not fit')],
  ['servers', t('Servers')],
];

const icons = {
  inUse: 'check',
  onThisComputer: 'chip',
  canBeDownloaded: 'cloud-download',
  doesNotFit: 'circle-slash',
  servers: 'server-process',
};

const button = (icon: string, tooltip: string): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon(icon),
  tooltip,
});

const buttons: Record<ItemAction, vscode.QuickInputButton> = {
  download: button('debug-continue', t('Resume Download')),
  pause: button('debug-pause', t('Pause Download')),
  size: button('settings', t('Choose Size...')),
  reveal: button('folder-opened', t('Reveal File')),
  check: button('pulse', t('Check Server')),
  key: button('key', t('Set Key...')),
  remove: button('trash', t('Remove from This Computer')),
};

/** What a pressed button means. */
export const actionOf = (pressed: vscode.QuickInputButton): ItemAction | undefined =>
  (Object.keys(buttons) as ItemAction[]).find((action) => buttons[action] === pressed);

/** The models in their groups, each with what can be done with it. */
export function modelItems(models: readonly ModelEntry[]): ModelItem[] {
  return groups.flatMap(([group, label]): ModelItem[] => {
    const entries = models.filter((entry) => entry.group === group);
    if (entries.length === 0) return [];
    return [{ label, kind: vscode.QuickPickItemKind.Separator }, ...entries.map(itemOf)];
  });
}

/** The label of an entry in a list, with an icon that tells where the model is. */
export function labelOf({ label, group, download }: ModelEntry): string {
  const icon = download ? (download.runs === 'no' ? 'debug-pause' : 'sync~spin') : icons[group];
  return `$(${icon}) ${label}`;
}

function itemOf(entry: ModelEntry): ModelItem {
  const { description, detail } = entry;
  const actions = actionsOf(entry);
  return {
    label: labelOf(entry),
    description,
    detail,
    entry,
    buttons: actions.map((action) => buttons[action]),
  };
}

function actionsOf(entry: ModelEntry): ItemAction[] {
  const { group, path, foundAt, download, server } = entry;
  if (server !== undefined) return ['check', 'key'];
  const actions: ItemAction[] = [];
  if (download?.runs === 'here') actions.push('pause');
  if (download?.runs === 'no') actions.push('download');
  if (group !== 'doesNotFit') actions.push('size');
  if ((path !== undefined && !download) || foundAt !== undefined) actions.push('reveal');
  if (path !== undefined && download?.runs !== 'here' && download?.runs !== 'elsewhere') actions.push('remove');
  return actions;
}

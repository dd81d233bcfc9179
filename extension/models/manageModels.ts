import * as vscode from 'vscode';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { verifyModel } from './verifyModel.ts';

interface Item extends vscode.QuickPickItem {
  path: string;
  id: string;
  name: string;
}

const reveal: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: 'Reveal File' };
const verify: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('verified'), tooltip: 'Verify File' };
const trash: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('trash'),
  tooltip: 'Remove from This Computer',
};

/** "Manage Models": the files that we keep, with their sizes, to be revealed, verified and removed. */
export async function manageModels(
  sidecar: SidecarClient,
  fetchModel: (model: { id: string; label: string }) => Promise<void>,
): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.placeholder = 'Enter reveals the file; the bin removes it';
  pick.busy = true;
  pick.show();

  async function fill(): Promise<void> {
    const { models } = await sidecar.request('modelList', {});
    const ours = models.filter((model) => model.path !== undefined);
    const total = ours.reduce((sum, { bytes, download }) => sum + (download?.received ?? bytes), 0);
    pick.title = `Manage Models: ${fileSize(total, vscode.env.language)} on this computer`;
    pick.items = ours.map(({ id, label, description, detail, group, path, download }) => ({
      label: `$(${group === 'inUse' ? 'check' : 'chip'}) ${label}`,
      description: download ? 'not finished' : description,
      detail,
      path: path ?? '',
      id,
      name: label,
      buttons: download ? [trash] : [reveal, verify, trash],
    }));
    pick.busy = false;
  }

  const show = (path: string) => vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path));
  const hidden = new Promise<void>((resolve) => pick.onDidHide(() => resolve()));
  pick.onDidAccept(() => {
    const [item] = pick.selectedItems;
    pick.hide();
    if (item) void show(item.path);
  });
  pick.onDidTriggerItemButton(async ({ item, button }) => {
    if (button === reveal) await show(item.path);
    else if (button === verify) {
      pick.hide();
      await verifyModel(sidecar, () => fetchModel({ id: item.id, label: item.name }), item.path);
    } else if (await removeWithWord(sidecar, item.name, item.path)) await fill();
  });
  try {
    await fill();
    await hidden;
  } finally {
    pick.dispose();
  }
}

/** Asks before gigabytes are removed that took an hour to come. True when they are gone. */
export async function removeWithWord(sidecar: SidecarClient, name: string, path: string): Promise<boolean> {
  const detail = `${path}\nIt can be downloaded again.`;
  const taken = await vscode.window.showWarningMessage(
    `Remove ${name} from this computer?`,
    { modal: true, detail },
    'Remove',
  );
  if (taken !== 'Remove') return false;
  const { freed, problem } = await sidecar.request('modelRemove', { path });
  if (problem) {
    await showProblem(problem);
    return false;
  }
  vscode.window.setStatusBarMessage(`Devstral: ${fileSize(freed, vscode.env.language)} freed`, 5000);
  return true;
}

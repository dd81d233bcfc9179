import * as vscode from 'vscode';
import type { ModelEntry, UnfinishedDownload } from '../../sidecar/protocol/models.ts';
import { fileSize } from '../../sidecar/protocol/numbers.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { labelOf } from './modelItems.ts';
import { removeWithWord } from './removeWithWord.ts';
import { verifyModel } from './verifyModel.ts';

interface Item extends vscode.QuickPickItem {
  path: string;
  id: string;
  name: string;
  download: UnfinishedDownload | undefined;
}

const reveal: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('folder-opened'), tooltip: t('Reveal File') };
const verify: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('verified'), tooltip: t('Verify File') };
const resume: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('debug-continue'),
  tooltip: t('Resume Download'),
};
const trash: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('trash'),
  tooltip: t('Remove from This Computer'),
};

/** "Manage Models": the files that we keep, with their sizes, to be revealed, verified and removed; begun downloads too. */
export async function manageModels(
  sidecar: SidecarClient,
  fetchModel: (model: { id: string; label: string }) => Promise<void>,
): Promise<void> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.placeholder = t('Enter reveals the file or resumes the download; the bin removes it');
  pick.busy = true;
  pick.show();

  async function fill(): Promise<void> {
    const { models } = await sidecar.request('modelList', {});
    const ours = models.filter((model) => model.path !== undefined);
    const total = ours.reduce((sum, { bytes, download }) => sum + (download?.received ?? bytes), 0);
    pick.title = t('Manage Models: {size} on this computer', { size: fileSize(total, vscode.env.language) });
    pick.items = ours.map((model) => ({
      label: labelOf(model),
      description: model.description,
      detail: model.detail,
      path: model.path ?? '',
      id: model.id,
      name: model.label,
      download: model.download,
      buttons: buttonsOf(model),
    }));
    pick.busy = false;
  }

  const show = (path: string) => vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path));
  const resumeIt = ({ id }: UnfinishedDownload) => vscode.commands.executeCommand('devstral.resumeDownload', id);
  const hidden = new Promise<void>((resolve) => pick.onDidHide(() => resolve()));
  pick.onDidAccept(() => {
    const [item] = pick.selectedItems;
    pick.hide();
    if (item?.download?.runs === 'no') void resumeIt(item.download);
    else if (item && !item.download) void show(item.path);
  });
  pick.onDidTriggerItemButton(async ({ item, button }) => {
    if (button === reveal) await show(item.path);
    else if (button === resume && item.download) {
      pick.hide();
      await resumeIt(item.download);
    } else if (button === verify) {
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

function buttonsOf({ download }: ModelEntry): vscode.QuickInputButton[] {
  if (!download) return [reveal, verify, trash];
  return download.runs === 'no' ? [resume, trash] : [];
}

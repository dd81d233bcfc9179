import * as vscode from 'vscode';
import type { ModelEntry, ModelStatus } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { createReadOnlyDocuments, type ReadOnlyDocuments } from '../readOnlyDocuments.ts';
import type { Secrets } from '../secrets.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { chooseSize } from './chooseSize.ts';
import { downloadCuda, removeCuda } from './cuda.ts';
import { manageModels } from './manageModels.ts';
import type { ModelCommands } from './modelCommands.ts';
import { actionOf, type ItemAction, type ModelItem, modelItems } from './modelItems.ts';
import { removeWithWord } from './removeWithWord.ts';
import { generateServerCommand } from './serverCommand.ts';
import { addServerInSteps, setServerKey } from './servers.ts';
import { showHardware } from './showHardware.ts';
import { unloadModel } from './unloadModel.ts';
import { createUseModel } from './useModel.ts';
import { verifyModel } from './verifyModel.ts';

export interface ModelCommandDeps {
  sidecar: SidecarClient;
  secrets: Secrets;
  status(): ModelStatus;
  onStatus: vscode.Event<ModelStatus>;
  /** What was told of a load may be told again. */
  tellAgain(): void;
}

/** How far an open list may be behind a download. */
const refreshMs = 500;

/** Everything about which model is used: the switcher, files, servers, keys, what is kept on this computer. */
export function createModelCommands(deps: ModelCommandDeps): ModelCommands {
  const { sidecar, secrets } = deps;
  const { use, licensed, choose, fetch, prepare } = createUseModel(sidecar, deps.status);

  let shown: ReadOnlyDocuments | undefined;
  const documents = () => (shown ??= createReadOnlyDocuments('devstral-hardware'));

  async function items(): Promise<ModelItem[]> {
    const { models } = await sidecar.request('modelList', {});
    return [
      ...modelItems(models),
      { label: t('Actions'), kind: vscode.QuickPickItemKind.Separator },
      { label: `$(file) ${t('Use a File...')}`, description: t('A GGUF on this computer'), run: useFile },
      { label: `$(repo) ${t('Use a Model of the Hub...')}`, description: 'org/repo:file', run: useHubModel },
      {
        label: `$(add) ${t('Add Server...')}`,
        description: t('vLLM, SGLang, llama-server, Ollama, Mistral or compatible'),
        run: addServer,
      },
      { label: `$(key) ${t('Set Server Key...')}`, run: () => setServerKey(secrets) },
      { label: `$(debug-stop) ${t('Unload')}`, description: t('Frees the memory'), run: () => unloadModel(sidecar) },
      { label: `$(dashboard) ${t('Show Hardware')}`, run: () => showHardware(sidecar, documents()) },
    ];
  }

  async function switchModel(): Promise<void> {
    const pick = vscode.window.createQuickPick<ModelItem>();
    pick.title = t('Switch Model');
    pick.placeholder = t('{mode} is in use', { mode: deps.status().name });
    pick.matchOnDescription = true;
    pick.keepScrollPosition = true;
    pick.busy = true;
    pick.show();
    let open = true;
    const refresh = async () => {
      if (!open) return;
      const next = await items();
      if (!open) return;
      const [active] = pick.activeItems;
      pick.items = next;
      const same = next.find(({ label, entry }) => (entry ? entry.id === active?.entry?.id : label === active?.label));
      if (active && same) pick.activeItems = [same];
    };
    let soon: NodeJS.Timeout | undefined;
    let known = deps.status().downloads;
    const follow = deps.onStatus(({ downloads }) => {
      if (JSON.stringify(downloads) === JSON.stringify(known)) return;
      known = downloads;
      soon ??= setTimeout(() => {
        soon = undefined;
        void refresh();
      }, refreshMs);
    });
    const taken = new Promise<ModelItem | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]));
      pick.onDidHide(() => {
        open = false;
        resolve(undefined);
      });
      pick.onDidTriggerItemButton(async ({ item, button }) => {
        const action = actionOf(button);
        if (action && item.entry) await act(action, item.entry, () => pick.hide());
        await refresh();
      });
    });
    try {
      await refresh();
      pick.busy = false;
      const item = await taken;
      pick.hide();
      if (item?.entry) await choose(item.entry);
      else await item?.run?.();
    } finally {
      follow.dispose();
      clearTimeout(soon);
      pick.dispose();
    }
  }

  /** What a button of an item does; `leave` closes the list. */
  async function act(action: ItemAction, entry: ModelEntry, leave: () => void): Promise<void> {
    const { id, label, path, foundAt, server } = entry;
    switch (action) {
      case 'download':
        leave();
        return choose(entry);
      case 'pause':
        await sidecar.request('modelPauseDownload', { id });
        return;
      case 'size': {
        leave();
        // The plan reads the file's header from the hub.
        if (!(await licensed(entry))) return;
        const { licence: _accepted, ...accepted } = entry;
        const size = await chooseSize(sidecar, accepted);
        if (size) await choose(accepted, size);
        return;
      }
      case 'reveal':
        await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(path ?? foundAt ?? ''));
        return;
      case 'check':
        leave();
        await vscode.commands.executeCommand('devstral.checkServer', id);
        return;
      case 'key':
        leave();
        return setServerKey(secrets, server);
      case 'remove':
        if (path) await removeWithWord(sidecar, label, path);
    }
  }

  async function useFile(): Promise<void> {
    const found = await vscode.window.showOpenDialog({
      title: t('Choose a GGUF file'),
      filters: { [t('GGUF models')]: ['gguf'] },
      canSelectMany: false,
    });
    if (found?.[0]) await use(found[0].fsPath);
  }

  async function useHubModel(): Promise<void> {
    const name = await vscode.window.showInputBox({
      title: t('Use a Model of the Hub'),
      placeHolder: t('org/repo:file, for example {example}', { example: 'unsloth/Devstral-Small-2507-GGUF:Q4_K_M' }),
      validateInput: (value) =>
        /^[^/\s]+\/[^/\s]+/.test(value.trim()) ? undefined : t('Type org/repo or org/repo:file'),
    });
    if (name) await use(name.trim());
  }

  async function addServer(): Promise<void> {
    const name = await addServerInSteps(sidecar, secrets);
    if (name) await use(name);
  }

  /** The rest of a download; without an id that of the first that is not finished. */
  async function resumeDownload(id?: string): Promise<void> {
    const { models } = await sidecar.request('modelList', {});
    const waiting = models.filter(({ download }) => download?.runs === 'no');
    const meant = id === undefined ? waiting[0] : waiting.find(({ download }) => download?.id === id);
    if (!meant) vscode.window.setStatusBarMessage(t('Devstral: no download waits'), 5000);
    else if (meant.group === 'inUse') await prepare();
    else await fetch(meant);
  }

  async function pauseDownload(id?: string): Promise<void> {
    const running = deps.status().downloads?.find(({ runs }) => runs === 'here');
    const meant = id ?? running?.id;
    if (meant !== undefined) await sidecar.request('modelPauseDownload', { id: meant });
  }

  /** Loads again with the GPU tried: a driver that was mended works in a new engine process only. */
  async function retryGpu(): Promise<void> {
    deps.tellAgain();
    await sidecar.request('modelUnload', {});
    await prepare();
  }

  return {
    switchModel,
    manageModels: () => manageModels(sidecar, fetch),
    verifyModel: () => verifyModel(sidecar, prepare),
    resumeDownload,
    pauseDownload,
    retryGpu,
    unloadModel: () => unloadModel(sidecar),
    showHardware: () => showHardware(sidecar, documents()),
    downloadCuda: () => downloadCuda(sidecar),
    removeCuda: () => removeCuda(sidecar),
    generateServerCommand: () => generateServerCommand(sidecar),
    useFile,
    useStarter: () => use('starter'),
    addServer,
    setServerKey: (url) => setServerKey(secrets, url),
  };
}

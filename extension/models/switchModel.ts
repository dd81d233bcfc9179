import * as vscode from 'vscode';
import type { ModelEntry, ModelStatus } from '../../sidecar/protocol/models.ts';
import type { ProgressReport } from '../../sidecar/protocol/progress.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';
import { setModel } from '../config.ts';
import { showProblem } from '../problemMessage.ts';
import type { Secrets } from '../secrets.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { registerCudaCommands } from './cuda.ts';
import { manageModels, removeWithWord } from './manageModels.ts';
import { generateServerCommand } from './serverCommand.ts';
import { addServerInSteps, setServerKey } from './servers.ts';
import { showHardware } from './showHardware.ts';
import { unloadModel } from './unloadModel.ts';

interface Deps {
  sidecar: SidecarClient;
  secrets: Secrets;
  status(): ModelStatus;
}

interface Item extends vscode.QuickPickItem {
  run?: () => unknown;
  remove?: () => Promise<boolean>;
}

const groups: [ModelEntry['group'], string][] = [
  ['inUse', 'In use'],
  ['onThisComputer', 'On this computer'],
  ['canBeDownloaded', 'Can be downloaded'],
  ['doesNotFit', 'Does not fit'],
  ['servers', 'Servers'],
];

const icons = {
  inUse: 'check',
  onThisComputer: 'chip',
  canBeDownloaded: 'cloud-download',
  doesNotFit: 'circle-slash',
  servers: 'server-process',
};

const trash: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('trash'),
  tooltip: 'Remove from This Computer',
};

/** Everything about which model is used: the switcher, files, servers, keys, what is kept on this computer. */
export function registerModelCommands(deps: Deps): vscode.Disposable {
  const { sidecar, secrets } = deps;

  async function use(id: string): Promise<void> {
    if (!(await turnsEnded())) return;
    await setModel(id);
    await sidecar.settingsChanged();
    await prepare();
  }

  /** An answer that runs ends first, or is stopped, as the person chooses. False if they leave it as it is. */
  async function turnsEnded(): Promise<boolean> {
    if (!isBusy()) return true;
    const finish = { label: 'Finish This Answer First', description: `${deps.status().name} is answering` };
    const stop = { label: 'Stop and Switch' };
    const taken = await vscode.window.showQuickPick([finish, stop], { title: 'Switch Model' });
    if (!taken) return false;
    if (taken === stop) {
      await sidecar.request('modelStopTurns', {});
      return true;
    }
    const location = vscode.ProgressLocation.Notification;
    const title = 'Devstral: Waiting for the answer';
    return vscode.window.withProgress({ location, cancellable: true, title }, async (_progress, token) => {
      while (isBusy() && !token.isCancellationRequested) await new Promise((resolve) => setTimeout(resolve, 200));
      return !token.isCancellationRequested;
    });
  }

  const isBusy = () => ['reading', 'writing'].includes(deps.status().state.state);

  /** Downloads and loads with a progress bar; the same work goes on if the person closes the notification. */
  async function prepare(): Promise<void> {
    const result = await withProgress('Devstral', (report, token) =>
      sidecar.requestWithProgress('modelPrepare', {}, report, token),
    );
    if (result.problem)
      await showProblem(result.problem, {
        'Try Now': prepare,
        Resume: prepare,
        'Download Again': prepare,
        Retry: prepare,
      });
  }

  /** A licence that limits use is read and accepted before the first byte. */
  async function choose(entry: ModelEntry): Promise<void> {
    const { licence, id, label } = entry;
    if (licence && entry.group !== 'onThisComputer' && entry.group !== 'inUse') {
      const question = `${label} comes under the ${licence.name}`;
      const detail = 'It limits who may use the model, or for what. Nothing is fetched before you accept it.';
      const taken = await vscode.window.showInformationMessage(
        question,
        { modal: true, detail },
        'Open Licence',
        'Accept',
      );
      if (taken === 'Open Licence') {
        await vscode.env.openExternal(vscode.Uri.parse(licence.url));
        return choose(entry);
      }
      if (taken !== 'Accept') return;
      await sidecar.request('modelAcceptLicence', { id });
    }
    if (entry.group === 'canBeDownloaded' || entry.group === 'doesNotFit') return fetchThenOffer(entry);
    await use(id);
  }

  /** The model in use goes on answering while another one comes; the switch is offered at the end. */
  async function fetchThenOffer(entry: ModelEntry): Promise<void> {
    const { id, label } = entry;
    const { ready, problem } = await withProgress(`Devstral: ${label}`, (report, token) =>
      sidecar.requestWithProgress('modelDownload', { id }, report, token),
    );
    if (problem) {
      const again = () => fetchThenOffer(entry);
      await showProblem(problem, { 'Try Now': again, Resume: again, 'Download Again': again, Retry: again });
      return;
    }
    if (!ready) return;
    const taken = await vscode.window.showInformationMessage(`${label} is on this computer now.`, 'Switch to It');
    if (taken) await use(id);
  }

  function withProgress<T>(
    title: string,
    work: (report: (progress: ProgressReport) => void, token: vscode.CancellationToken) => Promise<T>,
  ): Thenable<T> {
    const settings = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
    return vscode.window.withProgress(settings, (progress, token) => {
      let shown = 0;
      return work(({ progress: phase, fraction }) => {
        const percent = Math.floor((fraction ?? 0) * 100);
        const grown = Math.max(0, percent - shown);
        shown += grown;
        progress.report({ message: progressText(phase, vscode.env.language).text, increment: grown });
      }, token);
    });
  }

  function itemOf(entry: ModelEntry): Item {
    const { group, label, description, detail, path } = entry;
    const removable = path !== undefined && group !== 'canBeDownloaded';
    return {
      label: `$(${icons[group]}) ${label}`,
      description,
      detail,
      run: () => choose(entry),
      ...(removable ? { buttons: [trash], remove: () => removeWithWord(sidecar, label, path) } : {}),
    };
  }

  async function items(): Promise<Item[]> {
    const { models } = await sidecar.request('modelList', {});
    const listed = groups.flatMap(([group, label]): Item[] => {
      const entries = models.filter((entry) => entry.group === group).map(itemOf);
      return entries.length > 0 ? [{ label, kind: vscode.QuickPickItemKind.Separator }, ...entries] : [];
    });
    return [
      ...listed,
      { label: 'Actions', kind: vscode.QuickPickItemKind.Separator },
      { label: '$(file) Use a File...', description: 'A GGUF on this computer', run: useFile },
      { label: '$(repo) Use a Model of the Hub...', description: 'org/repo:file', run: useHubModel },
      {
        label: '$(add) Add Server...',
        description: 'vLLM, SGLang, llama-server, Ollama, Mistral or compatible',
        run: addServer,
      },
      { label: '$(key) Set Server Key...', run: () => setServerKey(secrets) },
      { label: '$(debug-stop) Unload', description: 'Frees the memory', run: () => unloadModel(sidecar) },
      { label: '$(dashboard) Show Hardware', run: () => showHardware(sidecar) },
    ];
  }

  async function switchModel(): Promise<void> {
    const pick = vscode.window.createQuickPick<Item>();
    pick.title = 'Switch Model';
    pick.placeholder = `${deps.status().name} is in use`;
    pick.matchOnDescription = true;
    pick.busy = true;
    pick.show();
    const taken = new Promise<Item | undefined>((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]));
      pick.onDidHide(() => resolve(undefined));
      pick.onDidTriggerItemButton(async ({ item }) => {
        if (await item.remove?.()) pick.items = await items();
      });
    });
    try {
      pick.items = await items();
      pick.busy = false;
      const item = await taken;
      pick.hide();
      await item?.run?.();
    } finally {
      pick.dispose();
    }
  }

  async function useFile(): Promise<void> {
    const found = await vscode.window.showOpenDialog({
      title: 'Choose a GGUF file',
      filters: { 'GGUF models': ['gguf'] },
      canSelectMany: false,
    });
    if (found?.[0]) await use(found[0].fsPath);
  }

  async function useHubModel(): Promise<void> {
    const name = await vscode.window.showInputBox({
      title: 'Use a Model of the Hub',
      placeHolder: 'org/repo:file, for example unsloth/Devstral-Small-2507-GGUF:Q4_K_M',
      validateInput: (value) => (/^[^/\s]+\/[^/\s]+/.test(value.trim()) ? undefined : 'Type org/repo or org/repo:file'),
    });
    if (name) await use(name.trim());
  }

  async function addServer(): Promise<void> {
    const name = await addServerInSteps(sidecar, secrets);
    if (name) await use(name);
  }

  const command = (id: string, run: () => Promise<void>) => vscode.commands.registerCommand(id, run);
  return vscode.Disposable.from(
    registerCudaCommands(sidecar),
    command('devstral.switchModel', switchModel),
    command('devstral.manageModels', () => manageModels(sidecar)),
    command('devstral.unloadModel', () => unloadModel(sidecar)),
    command('devstral.showHardware', () => showHardware(sidecar)),
    command('devstral.generateServerCommand', () => generateServerCommand(sidecar)),
    command('devstral.useFile', useFile),
    command('devstral.useStarter', () => use('starter')),
    command('devstral.addServer', addServer),
    command('devstral.setServerKey', () => setServerKey(secrets)),
  );
}

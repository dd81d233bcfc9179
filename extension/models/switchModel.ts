import * as vscode from 'vscode';
import type { ModelEntry } from '../../sidecar/protocol/models.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';
import { addServer, setModel } from '../config.ts';
import { showProblem } from '../problemMessage.ts';
import type { Secrets } from '../secrets.ts';
import type { SidecarClient } from '../sidecarClient.ts';

interface Deps {
  sidecar: SidecarClient;
  secrets: Secrets;
  currentName(): string;
}

interface Item extends vscode.QuickPickItem {
  run?: () => Promise<void>;
}

const groups: [ModelEntry['group'], string][] = [
  ['inUse', 'In use'],
  ['onThisComputer', 'On this computer'],
  ['canBeDownloaded', 'Can be downloaded'],
  ['servers', 'Servers'],
];

const icons = { inUse: 'check', onThisComputer: 'chip', canBeDownloaded: 'cloud-download', servers: 'server-process' };

/** "Switch Model...", "Use a File...", "Add Server...", "Set Server Key...": the choice between starter, file and server. */
export function registerModelCommands(deps: Deps): vscode.Disposable {
  async function use(id: string): Promise<void> {
    await setModel(id);
    await deps.sidecar.settingsChanged();
    await prepare();
  }

  /** Downloads and loads with a progress bar; the same work goes on if the person closes the notification. */
  async function prepare(): Promise<void> {
    const settings = { location: vscode.ProgressLocation.Notification, cancellable: true, title: 'Devstral' };
    const result = await vscode.window.withProgress(settings, (progress, token) => {
      let shown = 0;
      return deps.sidecar.requestWithProgress(
        'modelPrepare',
        {},
        ({ progress: phase, fraction }) => {
          const percent = Math.floor((fraction ?? 0) * 100);
          const grown = Math.max(0, percent - shown);
          shown += grown;
          progress.report({ message: progressText(phase, vscode.env.language).text, increment: grown });
        },
        token,
      );
    });
    if (result.problem)
      await showProblem(result.problem, {
        'Try Now': prepare,
        Resume: prepare,
        'Download Again': prepare,
        Retry: prepare,
      });
  }

  async function switchModel(): Promise<void> {
    const { models } = await deps.sidecar.request('modelList', {});
    const items: Item[] = [];
    for (const [group, label] of groups) {
      const entries = models.filter((entry) => entry.group === group);
      if (entries.length > 0) items.push({ label, kind: vscode.QuickPickItemKind.Separator });
      for (const entry of entries) {
        const { description, detail } = entry;
        items.push({ label: `$(${icons[group]}) ${entry.label}`, description, detail, run: () => use(entry.id) });
      }
    }
    items.push(
      { label: 'Actions', kind: vscode.QuickPickItemKind.Separator },
      { label: '$(file) Use a File...', description: 'A GGUF on this computer', run: useFile },
      {
        label: '$(add) Add Server...',
        description: 'vLLM, SGLang, llama-server, Ollama, Mistral or compatible',
        run: addServerByHand,
      },
      { label: '$(key) Set Server Key...', run: () => setKey() },
    );
    const placeHolder = `${deps.currentName()} is in use`;
    const taken = await vscode.window.showQuickPick(items, {
      title: 'Switch Model',
      placeHolder,
      matchOnDescription: true,
    });
    await taken?.run?.();
  }

  async function useFile(): Promise<void> {
    const found = await vscode.window.showOpenDialog({
      title: 'Choose a GGUF file',
      filters: { 'GGUF models': ['gguf'] },
      canSelectMany: false,
    });
    if (found?.[0]) await use(found[0].fsPath);
  }

  async function addServerByHand(): Promise<void> {
    const title = 'Add Server';
    const typed = await vscode.window.showInputBox({
      title: `${title} (1 of 3): address`,
      placeHolder: 'http://localhost:8000/v1',
      validateInput: (value) => (parseUrl(value) ? undefined : 'Type an address like http://localhost:8000'),
    });
    const url = typed === undefined ? null : parseUrl(typed);
    if (!url) return;
    const name = await vscode.window.showInputBox({ title: `${title} (2 of 3): name`, value: url.host });
    if (!name) return;
    const key = await vscode.window.showInputBox({
      title: `${title} (3 of 3): key`,
      password: true,
      placeHolder: 'Leave empty if it needs none',
    });
    if (key === undefined) return;
    if (key !== '') await deps.secrets.set(url.href, key);
    await addServer({ name, url: url.href });
    await use(name);
  }

  async function setKey(): Promise<void> {
    const typed = await vscode.window.showInputBox({
      title: 'Set Server Key: address',
      placeHolder: 'https://host:port',
    });
    const url = typed === undefined ? null : parseUrl(typed);
    if (!url) return;
    const key = await vscode.window.showInputBox({
      title: `Key for ${url.origin}`,
      password: true,
      placeHolder: 'Empty removes it',
    });
    if (key !== undefined) await deps.secrets.set(url.href, key);
  }

  const command = (id: string, run: () => Promise<void>) => vscode.commands.registerCommand(id, run);
  return vscode.Disposable.from(
    command('devstral.switchModel', switchModel),
    command('devstral.useFile', useFile),
    command('devstral.useStarter', () => use('starter')),
    command('devstral.addServer', addServerByHand),
    command('devstral.setServerKey', setKey),
  );
}

function parseUrl(value: string): URL | null {
  try {
    const url = new URL(/^https?:\/\//.test(value) ? value : `http://${value}`);
    return url.host ? url : null;
  } catch {
    return null;
  }
}

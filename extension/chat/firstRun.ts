import * as vscode from 'vscode';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import type { FirstRun, HostMessage, PanelDownload } from '../../webview/protocol.ts';
import { answersMeanwhile, chosenModel } from '../config.ts';
import { removeWithWord } from '../models/removeWithWord.ts';
import { createUseModel } from '../models/useModel.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { firstRunOf, panelDownloads } from './firstRunData.ts';
import type { PanelHandlers } from './panelHandlers.ts';

interface Deps {
  sidecar: SidecarClient;
  status(): ModelStatus;
  onStatus: vscode.Event<ModelStatus>;
  /** For all windows of the person. */
  memento: vscode.Memento;
  post(message: HostMessage): void;
  onError(error: unknown): void;
}

/** From nothing set up to a model that answers, and the downloads on the way. */
export interface FirstRunPart extends vscode.Disposable {
  handlers: PanelHandlers<'startModel' | 'useFile' | 'addServer' | 'download'>;
  shown(): FirstRun | null;
  downloads(): PanelDownload[];
  /** A page is shown: asks what this computer can run, if nothing was ever set up. Answers come as messages. */
  look(): void;
}

/** A model has answered once: from then on nothing is asked when the panel opens. */
const setUpKey = 'devstral.modelSetUp';
/** The starter's name in the settings and in the list of models. */
const starter = 'starter';

export function createFirstRun({ sidecar, status, onStatus, memento, post, onError }: Deps): FirstRunPart {
  const models = createUseModel(sidecar, status);
  let shown: FirstRun | null = null;
  let looking = false;

  function show(next: FirstRun | null): void {
    if (JSON.stringify(next) === JSON.stringify(shown)) return;
    shown = next;
    post({ type: 'firstRun', firstRun: shown });
  }

  async function ask(): Promise<void> {
    const { model, isServer } = chosenModel();
    if (memento.get(setUpKey, false) || isServer || !['auto', '', starter].includes(model)) return show(null);
    const [list, machine] = await Promise.all([
      sidecar.request('modelList', {}),
      sidecar.request('machineDescribe', {}),
    ]);
    show(firstRunOf(list.models, machine.short, starter));
  }

  function look(): void {
    if (looking) return;
    looking = true;
    void ask()
      .catch(onError)
      .finally(() => {
        looking = false;
      });
  }

  /** Fetches a model and answers with it; until it is here the starter does, unless the person wants none. */
  async function start(id: string): Promise<void> {
    const { models: all } = await sidecar.request('modelList', {});
    const entry = all.find((model) => model.id === id);
    if (!entry || !(await models.licensed(entry))) return;
    show(null);
    if (id === starter) return models.use(starter);
    if (entry.group === 'onThisComputer' || entry.group === 'inUse' || !answersMeanwhile()) return models.use(id);
    // The starter is loaded beside it: it is small, and the first answer need not wait for gigabytes.
    const meanwhile = models.use(starter);
    await Promise.all([meanwhile, models.fetch(entry)]);
  }

  async function download(id: string, action: 'pause' | 'resume' | 'cancel'): Promise<void> {
    const known = status().downloads?.find((each) => each.id === id);
    if (!known) return;
    if (action === 'resume') return void (await vscode.commands.executeCommand('devstral.resumeDownload', id));
    if (known.runs === 'here') await sidecar.request('modelPauseDownload', { id });
    if (action === 'cancel') await removeWithWord(sidecar, known.name, known.path);
  }

  let isReady = false;
  function follow(next: ModelStatus): void {
    const ready = next.kind === 'server' || ['ready', 'reading', 'writing', 'queued'].includes(next.state.state);
    if (ready && !isReady) {
      isReady = true;
      void vscode.commands.executeCommand('setContext', 'devstral.ready', true);
    }
    if (ready && !memento.get(setUpKey, false)) void memento.update(setUpKey, true);
    if (ready) show(null);
    const downloads = panelDownloads(next.downloads);
    if (JSON.stringify(downloads) === JSON.stringify(told)) return;
    told = downloads;
    post({ type: 'downloads', downloads });
  }

  let told = panelDownloads(status().downloads);
  follow(status());
  const subscription = onStatus(follow);
  return {
    handlers: {
      // Not waited for: it takes as long as the download.
      startModel: ({ id }) => void start(id).catch(onError),
      useFile: () => vscode.commands.executeCommand('devstral.useFile'),
      addServer: () => vscode.commands.executeCommand('devstral.addServer'),
      download: ({ id, action }) => void download(id, action).catch(onError),
    },
    shown: () => shown,
    downloads: () => told,
    look,
    dispose: () => subscription.dispose(),
  };
}

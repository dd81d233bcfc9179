import * as vscode from 'vscode';
import type { ModelEntry, ModelStatus } from '../../sidecar/protocol/models.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { setModel, setModelSize } from '../config.ts';
import { type ProblemActions, showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { ModelSize } from './chooseSize.ts';
import { withProgressNotification } from './progressNotification.ts';

/** From a choice to a model that answers: licence, download, running answers, load. */
export interface UseModel {
  /** Switches to a model that needs no download, or downloads as it loads. */
  use(id: string, size?: ModelSize): Promise<void>;
  /** A licence that limits use is read and accepted before the first byte; false if the person left. */
  licensed(entry: ModelEntry): Promise<boolean>;
  /** What an entry of the list is chosen for: used, or fetched first. */
  choose(entry: ModelEntry, size?: ModelSize): Promise<void>;
  /** Fetches a model, or the rest of it, while the one in use goes on answering; the switch is offered at the end. */
  fetch(model: Pick<ModelEntry, 'id' | 'label'>, size?: ModelSize): Promise<void>;
  /** Downloads and loads the model in use. */
  prepare(): Promise<void>;
}

const busyStates: readonly string[] = ['reading', 'writing', 'queued'];

export function createUseModel(sidecar: SidecarClient, status: () => ModelStatus): UseModel {
  const isBusy = () => busyStates.includes(status().state.state);

  async function use(id: string, size?: ModelSize): Promise<void> {
    if (!(await turnsEnded())) return;
    if (size) await setModelSize(size);
    await setModel(id);
    await sidecar.settingsChanged();
    await prepare();
  }

  /** An answer that runs ends first, or is stopped, as the person chooses. False if they leave it as it is. */
  async function turnsEnded(): Promise<boolean> {
    if (!isBusy()) return true;
    const finish = {
      label: t('Finish This Answer First'),
      description: t('{model} is answering', { model: status().name }),
    };
    const stop = { label: t('Stop and Switch') };
    const taken = await vscode.window.showQuickPick([finish, stop], { title: t('Switch Model') });
    if (!taken) return false;
    if (taken === stop) {
      await sidecar.request('modelStopTurns', {});
      return true;
    }
    const location = vscode.ProgressLocation.Notification;
    const title = t('Devstral: Waiting for the answer');
    return vscode.window.withProgress({ location, cancellable: true, title }, async (_progress, token) => {
      while (isBusy() && !token.isCancellationRequested) await new Promise((resolve) => setTimeout(resolve, 200));
      return !token.isCancellationRequested;
    });
  }

  async function prepare(): Promise<void> {
    const { problem } = await withProgressNotification('Devstral', (report, token) =>
      sidecar.requestWithProgress('modelPrepare', {}, report, token),
    );
    if (problem) await showProblem(problem, onceMore(prepare));
  }

  async function licensed(entry: ModelEntry): Promise<boolean> {
    const { licence, id, label, group } = entry;
    if (!licence || group === 'onThisComputer' || group === 'inUse') return true;
    const question = t('{model} comes under the {licence}', { model: label, licence: licence.name });
    const detail = t('It limits who may use the model, or for what. Nothing is fetched before you accept it.');
    const options = { modal: true, detail };
    const [read, accept] = [t('Open Licence'), t('Accept')];
    const taken = await vscode.window.showInformationMessage(question, options, read, accept);
    if (taken === read) {
      await vscode.env.openExternal(vscode.Uri.parse(licence.url));
      return licensed(entry);
    }
    if (taken === accept) await sidecar.request('modelAcceptLicence', { id });
    return taken === accept;
  }

  async function choose(entry: ModelEntry, size?: ModelSize): Promise<void> {
    const { id, group } = entry;
    if (!(await licensed(entry))) return;
    if (group === 'canBeDownloaded' || group === 'doesNotFit') return fetch(entry, size);
    await use(id, size);
  }

  async function fetch(model: Pick<ModelEntry, 'id' | 'label'>, size?: ModelSize): Promise<void> {
    const { id, label } = model;
    const { ready, problem } = await withProgressNotification(t('Devstral: {what}', { what: label }), (report, token) =>
      sidecar.requestWithProgress('modelDownload', { id }, report, token),
    );
    if (problem) {
      await showProblem(
        problem,
        onceMore(() => fetch(model, size)),
      );
      return;
    }
    if (!ready) return;
    const taken = await vscode.window.showInformationMessage(
      t('{model} is on this computer now.', { model: label }),
      t('Switch to It'),
    );
    if (taken) await use(id, size);
  }

  return { use, licensed, choose, fetch, prepare };
}

const onceMore = (again: () => unknown): ProblemActions => ({
  'Try Now': again,
  Resume: again,
  'Resume Download': again,
  'Download Again': again,
  Retry: again,
});

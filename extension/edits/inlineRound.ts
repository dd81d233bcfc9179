import * as vscode from 'vscode';
import type { EditParams } from '../../sidecar/protocol/edit.ts';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { progressText, waitingText } from '../../sidecar/protocol/progressText.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { type SidecarClient, SidecarStopped } from '../sidecarClient.ts';
import type { InlineDecorations } from './inlineDecorations.ts';

/** What is asked of the model once: a first edit, or a further round on a proposal. */
export interface RoundRequest {
  params: EditParams;
  /** Where the progress stands: behind this line of each of these documents. */
  line: number;
  shownIn(): vscode.Uri[];
  /** More of the lines is there; `base` comes with the first. */
  onLines(lines: string, base: string | undefined): void;
}

export interface RoundDeps {
  sidecar: SidecarClient;
  decorations: InlineDecorations;
  /** Hears what is written for an id; undefined: no more. */
  listen(editId: string, hear: ((lines: string, base: string | undefined) => void) | undefined): void;
  modelName(): string;
  log: vscode.LogOutputChannel;
}

const quietMs = 300;
const updateMs = 250;

/** Runs one round with its progress as a decoration in measured numbers. An end of the sidecar is an outcome too. */
export async function runRound(
  request: RoundRequest,
  deps: RoundDeps,
  token: vscode.CancellationToken,
): Promise<FixResult> {
  const { decorations, sidecar, log } = deps;
  const { editId } = request.params;
  const language = vscode.env.language;
  const startedAt = Date.now();
  let latest: string | undefined;
  const show = () => {
    const waited = Date.now() - startedAt;
    if (waited < quietMs || token.isCancellationRequested) return;
    const text = t('Devstral: {progress}, Escape stops', {
      progress: small(latest ?? waitingText(deps.modelName(), waited, language)),
    });
    for (const uri of request.shownIn()) decorations.showBehind(uri, request.line, text);
  };
  const timer = setInterval(show, updateMs);
  deps.listen(editId, (lines, base) => {
    if (!token.isCancellationRequested) request.onLines(lines, base);
  });
  try {
    return await sidecar.requestWithProgress(
      'editStart',
      request.params,
      ({ progress }) => {
        latest = progressText(progress, language).text;
      },
      token,
    );
  } catch (error) {
    if (token.isCancellationRequested) return { kind: 'cancelled' };
    log.error(`edit ${request.params.uri}: ${String(error)}`);
    if (!(error instanceof SidecarStopped)) {
      return { kind: 'failed', problem: problem('internal', { reason: String(error) }) };
    }
    return error.report ? { kind: 'failed', problem: error.report } : { kind: 'cancelled' };
  } finally {
    clearInterval(timer);
    deps.listen(editId, undefined);
    for (const uri of request.shownIn()) decorations.showBehind(uri, request.line, undefined);
  }
}

/** A progress text in the middle of a line; one that begins with a name stays as it is. */
const small = (text: string) =>
  text.replace(/^(?:Checking|Downloading|Loading|Nothing|One-time|Reading|Unpacking|Waiting|Writing)\b/, (word) =>
    word.toLowerCase(),
  );

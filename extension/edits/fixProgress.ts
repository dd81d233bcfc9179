import * as vscode from 'vscode';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import { estimateText, progressText } from '../../sidecar/protocol/progressText.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { FixTarget } from './fixTarget.ts';

const quietMs = 300;
/** Two updates a second are enough to read. */
const updateMs = 500;

/** Runs a fix; a notification with numbers and Cancel appears if it takes longer than 300 ms. */
export async function fixWithProgress(
  sidecar: SidecarClient,
  target: FixTarget,
  instruction: string | undefined,
): Promise<FixResult> {
  const cancel = new vscode.CancellationTokenSource();
  const language = vscode.env.language;
  let show: (text: string, fraction: number | undefined) => void = () => undefined;
  let latest: { text: string; fraction: number | undefined } = { text: t('Starting'), fraction: undefined };
  /** How long an answer takes here, measured; it stays beside what is going on. */
  let estimate = '';
  const params = {
    uri: target.uri.toString(),
    diagnostics: target.diagnostics,
    ...(target.languageId === undefined ? {} : { languageId: target.languageId }),
    ...(instruction === undefined ? {} : { instruction }),
    ...(target.focus === undefined ? {} : { focus: target.focus }),
  };
  const work = sidecar
    .requestWithProgress(
      'fixStart',
      params,
      ({ progress, fraction }) => {
        if (progress.phase === 'estimated') estimate = ` (${estimateText(progress, language)})`;
        const { text } = progressText(progress, language);
        const writing = progress.phase === 'reading' || progress.phase === 'writing';
        latest = { text: writing ? text + estimate : text, fraction };
        show(latest.text, latest.fraction);
      },
      cancel.token,
    )
    .catch((error: unknown): FixResult => {
      if (cancel.token.isCancellationRequested) return { kind: 'cancelled' };
      throw error;
    });
  try {
    const quiet = new Promise<'slow'>((resolve) => setTimeout(() => resolve('slow'), quietMs));
    const quick = await Promise.race([work, quiet]);
    if (quick !== 'slow') return quick;
    const settings = {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: t('Devstral: Fix {file}', { file: target.name }),
    };
    return await vscode.window.withProgress(settings, async (progress, token) => {
      token.onCancellationRequested(() => cancel.cancel());
      let percent = 0;
      let shownAt = 0;
      show = (text, fraction) => {
        if (Date.now() - shownAt < updateMs) return;
        shownAt = Date.now();
        const next = fraction === undefined ? percent : Math.max(percent, Math.floor(fraction * 100));
        progress.report({ message: text, ...(next > percent ? { increment: next - percent } : {}) });
        percent = next;
      };
      show(latest.text, latest.fraction);
      return await work;
    });
  } finally {
    cancel.dispose();
  }
}

import type { ApplyResult, FileOutcome } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { type SidecarClient, SidecarStopped } from '../sidecarClient.ts';
import { applyEdit, type EditAnswer, type EditRequest } from './applyEdit.ts';

export interface Applier {
  apply(params: { changeSetId: string; files: FileOutcome[] }): Promise<ApplyResult>;
  undo(applyId: string): Promise<ApplyResult>;
}

/**
 * Applies through the sidecar, which asks back for the edit itself. If the sidecar ends in between, what the editor did
 * decides: an edit that was made is reported as made, else nothing was. One apply at a time.
 */
export function createApplier(sidecar: SidecarClient): Applier {
  /** What the sidecar asked for during the apply at hand. */
  const asked: { request: EditRequest; answer: Promise<EditAnswer> }[] = [];
  sidecar.onRequest('hostApplyEdit', (request) => {
    const answer = applyEdit(request);
    asked.push({ request, answer });
    return answer;
  });

  async function through(name: string, ask: () => Promise<ApplyResult>, again = true): Promise<ApplyResult> {
    asked.length = 0;
    try {
      return await ask();
    } catch (error) {
      const made = asked.at(-1);
      // It ended before it asked for an edit: the next process can do it as well.
      if (!made && again && error instanceof SidecarStopped) return through(name, ask, false);
      const answer = await made?.answer;
      if (made && answer?.kind === 'applied') {
        const files = answer.files.map(({ uri, text }) => ({ uri, textAfter: text, mergedLines: [] }));
        return { kind: 'applied', applyId: made.request.applyId, files };
      }
      const report = problem('applyRefused', { file: name, reason: t('the engine stopped') }, String(error));
      return { kind: 'failed', problem: report };
    }
  }

  const nameOf = (uri: string | undefined) => decodeURIComponent(uri?.split('/').at(-1) ?? '');
  return {
    apply: (params) => through(nameOf(params.files[0]?.uri), () => sidecar.request('changesApply', params)),
    undo: (applyId) => through(t('the change'), () => sidecar.request('changesUndo', { applyId })),
  };
}

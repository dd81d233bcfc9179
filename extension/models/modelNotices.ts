import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { showProblem } from '../problemMessage.ts';

/** Tells how a model was loaded otherwise than asked, each thing once in a window. */
export function createModelNotices(): {
  see(status: ModelStatus): void;
  /** What follows was asked for: it may be told again. */
  again(): void;
} {
  const told = new Set<string>();
  return {
    see({ notices = [] }) {
      for (const notice of notices) {
        if (told.has(notice.sentence)) continue;
        told.add(notice.sentence);
        void showProblem(notice);
      }
    },
    again: () => told.clear(),
  };
}

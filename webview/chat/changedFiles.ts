import type { Turn } from './view.ts';

/** Whether a turn may have changed files, by a review, an edit at once or a command: then it can be undone. */
export const changedFiles = ({ steps }: Turn): boolean =>
  steps.some((step) => {
    if (step.kind === 'reviewed') return true;
    if (step.kind !== 'call') return false;
    return (
      /\+\d|\bfiles? changed\b|^deleted$/.test(step.summary) || (step.name === 'apply_patch' && step.state === 'ok')
    );
  });

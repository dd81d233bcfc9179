import type { Turn } from './view.ts';

/** All that the model said in a turn, as it wrote it. */
export function answerText(turn: Turn): string {
  const texts = turn.steps.map((step) => {
    if (step.kind === 'answer') return step.text.trim();
    return step.kind === 'call' && step.name === 'finish' ? step.result.trim() : '';
  });
  return texts.filter(Boolean).join('\n\n');
}

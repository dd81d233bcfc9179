import { useRef } from 'preact/hooks';
import { words } from '../words.ts';
import { type AppliedEdits, appliedEdits } from './appliedEdits.ts';
import { post } from './hostApi.ts';
import { Lines } from './lines.tsx';
import { useOneStop } from './oneStop.ts';
import { staged, view } from './store.ts';
import { appliedText } from './texts.ts';

/** What the newest turn wrote without a review, to look at and to take back, until the next prompt. */
export function AppliedBar() {
  const { turns, running } = view.value;
  const turn = turns.at(-1);
  if (!turn || running || staged.value?.files.length) return null;
  const edits = appliedEdits(turn);
  return edits && <Bar turn={turn.index} edits={edits} />;
}

function Bar({ turn, edits: { files, added, removed } }: { turn: number; edits: AppliedEdits }) {
  const bar = useRef<HTMLElement>(null);
  useOneStop(bar);
  return (
    <section class="bar applied" aria-label={words.applied} ref={bar} data-group>
      <div class="bar-head">
        <span class="row-title">{appliedText(files)}</span>
        <Lines added={added} removed={removed} />
      </div>
      <div class="buttons">
        <button type="button" class="button secondary" onClick={() => post({ type: 'openReview' })}>
          {words.review}
        </button>
        <button
          type="button"
          class="button secondary"
          title={words.undoTurn}
          onClick={() => post({ type: 'restoreTurn', turn })}
        >
          {words.undo}
        </button>
      </div>
    </section>
  );
}

import { useRef, useState } from 'preact/hooks';
import { plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { Lines } from './lines.tsx';
import { useOneStop } from './oneStop.ts';
import { StagedFileRow } from './stagedFile.tsx';
import { countStaged } from './staging.ts';
import { pending, staged } from './store.ts';
import { stagedText } from './texts.ts';

/** What waits for review: files and their changes, to accept, reject or look at. */
export function StagedBar() {
  return staged.value === null || staged.value.files.length === 0 ? null : <Bar value={staged.value} />;
}

function Bar({ value }: { value: NonNullable<typeof staged.value> }) {
  const bar = useRef<HTMLElement>(null);
  const [chosen, setOpen] = useState<boolean | undefined>(undefined);
  // A question needs the room more.
  const open = chosen ?? pending.value === null;
  useOneStop(bar);
  const { files, changes, accepted, conflicts, added, removed } = countStaged(value);
  const allOpen = accepted === changes;
  return (
    <section class="bar staged" aria-label={words.staged} ref={bar} data-group>
      <div class="bar-head">
        <button type="button" class="toggle-head" aria-expanded={open} onClick={() => setOpen(!open)}>
          <span class={`codicon codicon-chevron-right chevron ${open ? 'turned' : ''}`} aria-hidden="true" />
          <span class="row-title">{stagedText(files, changes)}</span>
        </button>
        <Lines added={added} removed={removed} />
      </div>
      {open && (
        <div class="staged-files" role="tree" aria-label={words.staged}>
          {value.files.map((file) => (
            <StagedFileRow key={file.uri} file={file} alone={value.files.length === 1} />
          ))}
        </div>
      )}
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={accepted === 0}
          title={
            conflicts > 0
              ? plural(conflicts, { one: '{count} in conflict, left out', other: '{count} in conflict, left out' })
              : ''
          }
          onClick={() => post({ type: 'acceptAll' })}
        >
          {allOpen ? words.acceptAll : t('Accept {accepted} of {changes}', { accepted, changes })}
        </button>
        <button type="button" class="button secondary" onClick={() => post({ type: 'openReview' })}>
          {words.review}
        </button>
        <button type="button" class="button secondary" onClick={() => post({ type: 'rejectAll' })}>
          {words.rejectAll}
        </button>
      </div>
    </section>
  );
}

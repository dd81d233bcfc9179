import { useState } from 'preact/hooks';
import { plural, t } from '../../sidecar/protocol/translate.ts';
import type { StagedFile } from '../protocol.ts';
import { words } from '../words.ts';
import { Around } from './around.tsx';
import { Comma } from './comma.tsx';
import { post } from './hostApi.ts';
import { Lines } from './lines.tsx';
import { changesOf, openOf, rejectedOf } from './staging.ts';
import { changesText } from './texts.ts';

type Hunk = StagedFile['hunks'][number];

const marks = { create: words.newFileMark, delete: words.deletedMark, rename: words.renamedMark };
const nameOf = (path: string) => path.split('/').at(-1) ?? path;

/** A file under review: Enter opens its diff, the arrows open and close its changes, Y and N decide. */
export function StagedFileRow({ file, alone }: { file: StagedFile; alone: boolean }) {
  const [open, setOpen] = useState(alone);
  const { uri, path, hunks, conflict } = file;
  const name = file.from === undefined ? nameOf(path) : `${nameOf(file.from)} → ${nameOf(path)}`;
  const changes = changesOf(file);
  const review = () => post({ type: 'openReview', uri });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') review();
    else if (event.key === 'ArrowRight' && !open && hunks.length > 0) setOpen(true);
    else if (event.key === 'ArrowLeft' && open) setOpen(false);
    else if (!decided(event, (accept) => post({ type: 'decideFile', uri, accept }))) return;
    event.preventDefault();
  };
  const rejected = rejectedOf(file) === hunks.length && hunks.length > 0;
  return (
    <>
      <div
        class={`staged-file ${rejected ? 'rejected' : ''}`}
        role="treeitem"
        aria-level={1}
        aria-selected={false}
        {...(hunks.length > 0 ? { 'aria-expanded': open } : {})}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        onClick={review}
        title={file.from === undefined ? path : `${file.from} → ${path}`}
      >
        <span class="face">
          <span
            class={`codicon codicon-chevron-right chevron ${open ? 'turned' : ''} ${hunks.length === 0 ? 'none' : ''}`}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              setOpen(!open);
            }}
          />
          {conflict && <span class="codicon codicon-warning conflict-mark" aria-hidden="true" />}
          <span class="row-title" dir="ltr">
            {name}
          </span>
          {file.operation !== 'edit' && <span class="quiet">{marks[file.operation]}</span>}
          <Comma />
          <span class="quiet count">
            <span aria-hidden="true">{changes}</span>
            <span class="visually-hidden">{changesText(changes)}</span>
          </span>
          <Comma />
          <Lines added={file.added} removed={file.removed} />
          {openOf(file) > 0 && (
            <span class="visually-hidden">
              {t(', ') + plural(openOf(file), { one: '{count} open', other: '{count} open' })}
            </span>
          )}
        </span>
      </div>
      {conflict ? (
        <ConflictRow review={review} />
      ) : (
        open && hunks.map((hunk) => <HunkRow key={hunk.id} uri={uri} hunk={hunk} />)
      )}
    </>
  );
}

function ConflictRow({ review }: { review(): void }) {
  return (
    <div class="staged-hunk" role="treeitem" aria-level={2} aria-selected={false} tabIndex={-1}>
      <span class="hunk-state">{words.changedMeanwhile}</span>
      <button type="button" class="text-button" onClick={review}>
        {words.resolve}
      </button>
    </div>
  );
}

function HunkRow({ uri, hunk }: { uri: string; hunk: Hunk }) {
  const { id: hunkId, firstLine, lastLine, state } = hunk;
  const lines = firstLine >= lastLine ? `${firstLine}` : `${firstLine}-${lastLine}`;
  const decide = (accept: boolean) => post({ type: 'decideHunk', uri, hunkId, accept });
  const reset = () => post({ type: 'resetDecision', uri, hunkId });
  const onKeyDown = (event: KeyboardEvent) => {
    const onRow = event.target === event.currentTarget;
    if (event.key === 'Enter' && onRow) post({ type: 'openReview', uri });
    else if (!decided(event, decide)) return;
    event.preventDefault();
  };
  const button = (label: string, onClick: () => void) => (
    <button type="button" class="text-button" onClick={onClick}>
      {label}
    </button>
  );
  return (
    <div
      class={`staged-hunk ${state}`}
      role="treeitem"
      aria-level={2}
      aria-selected={false}
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <span class="hunk-lines">
        <Around text={t<string>('Lines {lines}')} spoken>
          {lines}
        </Around>
      </span>{' '}
      <span class="hunk-state">{words[state]}</span>
      <span class="hunk-actions">
        {state === 'open' && button(words.accept, () => decide(true))}
        {state === 'open' && button(words.reject, () => decide(false))}
        {state === 'accepted' && button(words.reset, reset)}
        {state === 'rejected' && button(words.restore, reset)}
      </span>
    </div>
  );
}

/** Y and N on a row; Alt+Y and Alt+N belong to the permission card. */
function decided(event: KeyboardEvent, decide: (accept: boolean) => void): boolean {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const key = event.key.toLowerCase();
  if (key !== 'y' && key !== 'n') return false;
  decide(key === 'y');
  return true;
}

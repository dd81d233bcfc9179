import type { ReviewedFile } from '../../sidecar/protocol/agentEvents.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { memo } from './memo.ts';
import { SentContext } from './sentContext.tsx';
import { Toggle } from './toggle.tsx';

/** What the person said while the model worked. */
export const SteerStep = memo(({ text, attached }: { text: string; attached: readonly string[] }) => (
  <div class="steer">
    <div class="author">{words.steered}</div>
    <div class="prompt-text" dir="auto">
      {text}
    </div>
    <SentContext attached={attached} />
  </div>
));

/** What the panel told the model: a row to open, for who wants to know. */
export const ToldStep = memo(({ text }: { text: string }) => (
  <Toggle class="quiet" open={false} head={<span class="row-title">{words.toldModel}</span>}>
    {() => <div class="reasoning-text">{text}</div>}
  </Toggle>
));

/** From here on the model reads a summary of what stands above. */
export const CondensedMark = memo(({ summary }: { summary: string }) => (
  <div class="condensed">
    <Toggle class="quiet" open={false} head={<span class="row-title">{words.condensed}</span>}>
      {() => <div class="reasoning-text">{summary}</div>}
    </Toggle>
  </div>
));

/** What became of files under review. */
export const ReviewedStep = memo(({ files }: { files: readonly ReviewedFile[] }) => {
  const accepted = files.reduce((sum, file) => sum + file.accepted, 0);
  const all = files.reduce((sum, file) => sum + file.accepted + file.rejected, 0);
  const head = plural(
    all,
    {
      one: 'Reviewed: {accepted} of {count} change accepted',
      other: 'Reviewed: {accepted} of {count} changes accepted',
    },
    { accepted },
  );
  return (
    <div class="call ok">
      <Toggle open={false} head={<span class="row-title">{head}</span>}>
        {() => (
          <ul class="reads">
            {files.map((file) => (
              <li key={file.path}>
                <span class="row-title" dir="ltr">
                  {file.path}
                </span>
                <span class="row-result">
                  {listed([
                    t('{done} of {total}', { done: file.accepted, total: file.accepted + file.rejected }),
                    file.changedByPerson ? words.changedByYou : '',
                  ])}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Toggle>
    </div>
  );
});

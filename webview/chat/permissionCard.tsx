import { useState } from 'preact/hooks';
import { visibleText } from '../../sidecar/host/visibleText.ts';
import type { Asked } from '../../sidecar/protocol/sessionEvents.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import { words } from '../words.ts';
import { Around } from './around.tsx';
import { useNoHeldKeys } from './heldKeys.ts';
import { post } from './hostApi.ts';
import { LineInput } from './lineInput.tsx';
import { platform } from './store.ts';
import { keyName, riskNames } from './texts.ts';
import { WaitingTime } from './waitingTime.tsx';

/** One question about one call: what exactly, where, how risky and why, and the rule that would be stored. */
export function PermissionCard({ asked, at }: { asked: Asked; at: number }) {
  const [writing, write] = useState<'rule' | 'word' | null>(null);
  useNoHeldKeys();
  const { callId, risk, rule, staged } = asked;
  // Nothing hides here, and nothing turns the direction of what is read.
  const title = visibleText(asked.title);
  const what = visibleText(asked.what);
  const where = asked.where === undefined ? undefined : visibleText(asked.where);
  const reasons = asked.reasons.map(visibleText);
  const permit = (answer: 'allow_once' | 'allow_always' | 'reject_once', acceptStaged = false, word?: string) =>
    post({ type: 'permit', callId, answer, acceptStaged, ...(word ? { word } : {}) });
  const always = (text: string) => {
    if (text === rule) return permit('allow_always');
    post({ type: 'keepRule', rule: text });
    permit('allow_once');
  };
  const label = [
    words.permission,
    title,
    where === undefined ? '' : t('in {place}', { place: where }),
    riskNames[risk],
  ];
  return (
    <fieldset class={`card permission risk-${risk}`} aria-label={listed(label)} data-group>
      <div class="card-title">
        <span class="row-title">{questionOf(title)}</span>
        <span class="risk">
          {risk !== 'low' && <span class="codicon codicon-warning" aria-hidden="true" />}
          {words[risk]}
        </span>
      </div>
      <pre class="asked" dir="ltr">
        {what}
      </pre>
      {where !== undefined && (
        <div class="quiet">
          <Around text={t<string>('in {place}')}>
            <span dir="ltr">{where}</span>
          </Around>
        </div>
      )}
      {reasons.length > 0 && (
        <ul class="reasons">
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {writing === null && (
        <div class="buttons">
          {staged > 0 && (
            <button type="button" class="button" onClick={() => permit('allow_once', true)}>
              {words.acceptAndRun}
            </button>
          )}
          <button
            type="button"
            class={staged > 0 ? 'button secondary' : 'button'}
            aria-keyshortcuts={platform.value === 'mac' ? 'Meta+Y' : 'Alt+Y'}
            onClick={() => permit('allow_once')}
          >
            {words.allowOnce} <kbd>{keyName('allow', platform.value)}</kbd>
          </button>
          <button
            type="button"
            class="button secondary"
            aria-keyshortcuts={platform.value === 'mac' ? 'Meta+Shift+Y' : 'Alt+N'}
            onClick={() => permit('reject_once')}
          >
            {words.reject} <kbd>{keyName('reject', platform.value)}</kbd>
          </button>
          {rule !== undefined && (
            <button type="button" class="button secondary" onClick={() => write('rule')}>
              {words.allowAlways}
            </button>
          )}
          <button type="button" class="button secondary" onClick={() => write('word')}>
            {words.rejectAndSay}
          </button>
        </div>
      )}
      {writing === 'rule' && (
        <LineInput
          label={words.rule}
          value={rule ?? ''}
          action={words.storeAndAllow}
          send={always}
          cancel={() => write(null)}
          code
        />
      )}
      {writing === 'word' && (
        <LineInput
          label={words.say}
          placeholder={words.sayPlaceholder}
          value=""
          action={words.reject}
          send={(text) => permit('reject_once', false, text)}
          cancel={() => write(null)}
        />
      )}
      {staged > 0 && (
        <div class="quiet">
          {plural(staged, { one: '{count} file to review first.', other: '{count} files to review first.' })}
        </div>
      )}
      {rule !== undefined && writing === null && (
        <div class="quiet">
          <Around text={t<string>('Always would store: {rule}')}>
            <code dir="ltr">{visibleText(rule)}</code>
          </Around>
        </div>
      )}
      <WaitingTime since={at} />
    </fieldset>
  );
}

/** "Run npm install" asks as "Run npm install?". */
const questionOf = (title: string) => `${title.length > 80 ? `${title.slice(0, 79)}…` : title}?`;

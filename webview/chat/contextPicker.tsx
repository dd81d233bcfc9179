import { imageName } from '../../sidecar/protocol/imageTokens.ts';
import { compact } from '../../sidecar/protocol/numbers.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import type { Candidate } from '../protocol.ts';
import { words } from '../words.ts';
import { contextIcons } from './chips.tsx';
import { Comma } from './comma.tsx';
import { language, model, view } from './store.ts';
import { tokensText, unseenText } from './texts.ts';

interface Props {
  options: readonly Candidate[];
  chosen: number;
  choose(candidate: Candidate): void;
}

/** What a candidate is, for a screen reader. */
const kindNames: Record<Candidate['kind'], string> = {
  file: t('file'),
  folder: t('folder'),
  selection: t('selection'),
  symbol: t('symbol'),
  problems: t('problems'),
  terminal: t('terminal'),
  diff: t('changes'),
  url: t('address'),
};

export const pickerId = 'context-picker';
export const optionId = (index: number) => `context-option-${index}`;

/** Going by its name. */
export const isImage = ({ kind, label }: Candidate) => kind === 'file' && imageName.test(label);

/** Tokens that are left of the context; undefined where that is not known. */
export function freeTokens(): number | undefined {
  const { contextSize } = model.value;
  return contextSize === undefined ? undefined : Math.max(0, contextSize - (view.value.contextUsed ?? 0));
}

/** What can be added to the message, with what it costs. The composer keeps the focus and moves the choice. */
export function ContextPicker({ options, chosen, choose }: Props) {
  const locale = language.value;
  const free = freeTokens();
  const picked = options[chosen];
  const over = picked?.tokens;
  return (
    <div class="popup picker">
      <div class="popup-head">
        <span>{words.addContext}</span>
        {free !== undefined && <span class="quiet">{t('{tokens} free', { tokens: compact(free, locale) })}</span>}
      </div>
      <div class="options" role="listbox" id={pickerId} aria-label={words.addContext}>
        {options.map((candidate, index) => {
          const { id, kind, label, detail, tokens } = candidate;
          const off = model.value.images === null && isImage(candidate);
          const tooLarge = free !== undefined && tokens !== undefined && tokens > free;
          return (
            <div
              key={id}
              id={optionId(index)}
              class={`option ${index === chosen ? 'chosen' : ''} ${tooLarge ? 'too-large' : ''} ${off ? 'off' : ''}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              aria-disabled={off}
              // The cursor stays in the composer.
              onMouseDown={(event) => {
                event.preventDefault();
                choose(candidate);
              }}
            >
              <span class="face">
                <span class={`codicon codicon-${contextIcons[kind]}`} aria-hidden="true" />
                <span class="visually-hidden">{`${kindNames[kind]}: `}</span>
                <span class="row-title" dir="ltr">
                  {label}
                </span>
                <Comma />
                <span class="quiet detail" dir="auto">
                  {detail}
                </span>
                <Comma />
                <span class="count">
                  {tooLarge && <span class="codicon codicon-warning" aria-hidden="true" />}
                  {tokensText(tokens, locale)}
                </span>
              </span>
            </div>
          );
        })}
      </div>
      {options.length === 0 && <div class="quiet popup-note">{words.noCandidates}</div>}
      {options.length > 0 && (
        <div class="quiet popup-note">
          {picked && isImage(picked) && model.value.images === null ? unseenText(model.value) : words.shiftHint}
        </div>
      )}
      {free !== undefined && over !== undefined && over > free && (
        <div class="popup-note warning">
          {t('Does not fit: {tokens} of {free}', { tokens: compact(over, locale), free: compact(free, locale) })}
        </div>
      )}
    </div>
  );
}

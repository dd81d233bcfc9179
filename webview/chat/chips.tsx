import { useRef } from 'preact/hooks';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import type { ContextChip } from '../protocol.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { useOneStop } from './oneStop.ts';
import { context, language, model } from './store.ts';
import { imageText, tokensText, unseenText } from './texts.ts';
import { Thumbnail } from './thumbnail.tsx';

export const contextIcons: Record<ContextChip['kind'], string> = {
  activeFile: 'file-code',
  file: 'file',
  folder: 'folder',
  selection: 'selection',
  symbol: 'symbol-method',
  problems: 'warning',
  terminal: 'terminal',
  diff: 'diff',
  url: 'globe',
  image: 'file-media',
};

/** What goes with the next prompt. One tab stop; the arrow keys walk inside, Delete removes. */
export function Chips() {
  const list = useRef<HTMLUListElement>(null);
  useOneStop(list);
  const locale = language.value;
  const unseen = model.value.images === null;
  const onKeyDown = (event: KeyboardEvent, id: string) => {
    if (event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    post({ type: 'removeContext', id });
  };
  return (
    <ul class="chips" aria-label={words.nextContext} ref={list} data-group>
      {context.value.map(({ id, kind, label, path, tokens, image }) => (
        <li
          key={id}
          class={image && unseen ? 'chip off' : 'chip'}
          title={image ? imageText(path, image, tokens, model.value, locale) : withTokens(path, tokens, locale)}
        >
          {image ? (
            <Thumbnail data={image.thumbnail} />
          ) : (
            <span class={`codicon codicon-${contextIcons[kind]}`} aria-hidden="true" />
          )}
          <span class="chip-label" dir="auto">
            {label}
          </span>
          {image && <span class="chip-size">{`${image.width} × ${image.height}`}</span>}
          {image && unseen && <span class="visually-hidden">{`, ${words.notSent}`}</span>}
          <button
            type="button"
            class="chip-remove"
            title={t('Remove {name}', { name: label })}
            aria-label={t('Remove {name}', { name: label })}
            onKeyDown={(event) => onKeyDown(event, id)}
            onClick={() => post({ type: 'removeContext', id })}
          >
            <span class="codicon codicon-close" aria-hidden="true" />
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          class="icon-button"
          title={words.addContextHint}
          aria-label={words.addContext}
          onClick={() => post({ type: 'addContext' })}
        >
          <span class="codicon codicon-add" aria-hidden="true" />
        </button>
      </li>
      {unseen && context.value.some(({ image }) => image) && <li class="quiet chip-note">{unseenText(model.value)}</li>}
    </ul>
  );
}

const withTokens = (path: string, tokens: number | undefined, locale: string) =>
  tokens === undefined ? path : listed([path, tokensText(tokens, locale)]);

import { compact, contextSize, full } from '../../sidecar/protocol/numbers.ts';
import { post } from './hostApi.ts';
import { language, model } from './store.ts';

/** The model that answers, and how much of its context the conversation takes. */
export function Footer() {
  const { name, contextUsed, contextSize: size } = model.value;
  const locale = language.value;
  const label = name || 'Choose Model';
  return (
    <footer class="footer">
      <button
        type="button"
        class="footer-button"
        title="Switch Model..."
        aria-label={name ? `Model, ${name}. Switch Model...` : 'Choose Model'}
        onClick={() => post({ type: 'switchModel' })}
      >
        <span>{label}</span>
        <span class="codicon codicon-chevron-down" aria-hidden="true" />
      </button>
      {contextUsed !== undefined && size !== undefined && (
        <span class="budget" title={`Context, ${full(contextUsed, locale)} of ${full(size, locale)} tokens`}>
          {compact(contextUsed, locale)} of {contextSize(size, locale)}
        </span>
      )}
    </footer>
  );
}

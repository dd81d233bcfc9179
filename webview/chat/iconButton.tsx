import { useTabIndex } from '../markdown/answerContext.ts';

interface Props {
  icon: string;
  label: string;
  onClick(): void;
  /** Inside of an article: in the tab order only when that was entered. */
  inArticle?: boolean;
  /** It keeps its place and its focus. */
  disabled?: boolean;
}

/** A button that is an icon; its label is the tooltip too. */
export function IconButton({ icon, label, onClick, inArticle = false, disabled = false }: Props) {
  const tabIndex = useTabIndex();
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      {...(inArticle ? { tabIndex } : {})}
      {...(disabled ? { 'aria-disabled': true } : {})}
      onClick={() => disabled || onClick()}
    >
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
    </button>
  );
}

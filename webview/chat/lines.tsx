import { t } from '../../sidecar/protocol/translate.ts';
/** "+42 −18", in words for a screen reader. */
export function Lines({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="lines">
      <span aria-hidden="true">
        <span class="added">+{added}</span> <span class="removed">−{removed}</span>
      </span>
      <span class="visually-hidden">{t('{added} added, {removed} removed', { added, removed })}</span>
    </span>
  );
}

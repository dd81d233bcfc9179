/** "+42 −18", in words for a screen reader. */
export function Lines({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="lines">
      <span aria-hidden="true">
        <span class="added">+{added}</span> <span class="removed">−{removed}</span>
      </span>
      <span class="visually-hidden">{`${added} added, ${removed} removed`}</span>
    </span>
  );
}

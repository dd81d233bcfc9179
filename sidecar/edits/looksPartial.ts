/** A comment that stands for code which was left out: "# ... rest of the code", "// existing code". */
const placeholder =
  /^\s*(?:#|\/\/|\/\*|--|;|<!--)\s*(?:\.{3}|…)|^\s*(?:#|\/\/|\/\*|--|;|<!--)\s*(?:the\s+)?(?:rest of|existing|remaining|other|previous)\b.*\b(?:code|file|unchanged|methods?|functions?)\b/i;

/** Whether a text says that something was left out, in a comment that the base has not. Both texts with `\n` endings. */
export function leavesOut(base: string, text: string): boolean {
  const own = new Set(base.split('\n').map((line) => line.trim()));
  return text.split('\n').some((line) => placeholder.test(line) && !own.has(line.trim()));
}

/**
 * Whether a text that should be the whole file is only a part of it: it says that something was left out, or most of the
 * file's lines are gone. Both texts with `\n` endings. Small files may change wholly.
 */
export function looksPartial(base: string, text: string): boolean {
  if (leavesOut(base, text)) return true;
  const trimmed = base.split('\n').map((line) => line.trim());
  const filled = trimmed.filter((line) => line !== '');
  if (filled.length < 12) return false;
  const left = new Set(text.split('\n').map((line) => line.trim()));
  const kept = filled.filter((line) => left.has(line)).length;
  return kept < filled.length / 2;
}

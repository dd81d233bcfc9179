import { words } from '../words.ts';

/** What went along with a message. */
export function SentContext({ attached }: { attached: readonly string[] }) {
  if (attached.length === 0) return null;
  return (
    <ul class="sent-context" aria-label={words.sentContext}>
      {attached.map((label) => (
        <li key={label} dir="auto">
          {label}
        </li>
      ))}
    </ul>
  );
}

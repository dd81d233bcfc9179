import { alert, status } from './announcements.ts';

/** The two live regions. The conversation itself is none: streaming text would talk over everything. */
export function Announcer() {
  return (
    <div class="visually-hidden">
      <div role="status" aria-live="polite">
        {status.value}
      </div>
      <div role="alert">{alert.value}</div>
    </div>
  );
}

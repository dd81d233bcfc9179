import { PermissionCard } from './permissionCard.tsx';
import { QuestionCard } from './questionCard.tsx';
import { pending } from './store.ts';

/** What waits for the person, pinned above the composer. It never takes the focus. */
export function PendingCard() {
  const asked = pending.value;
  if (asked === null) return null;
  return asked.kind === 'permission' ? (
    <PermissionCard key={asked.asked.callId} asked={asked.asked} at={asked.at} />
  ) : (
    <QuestionCard key={asked.id} id={asked.id} question={asked.question} choices={asked.choices} at={asked.at} />
  );
}

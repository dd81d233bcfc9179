import { AppliedBar } from './appliedBar.tsx';
import { Chips } from './chips.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { Downloads } from './downloads.tsx';
import { Footer } from './footer.tsx';
import { PendingCard } from './pendingCard.tsx';
import { StagedBar } from './stagedBar.tsx';
import { dropHandlers, dropping } from './takeData.ts';
import { WaitingList } from './waitingList.tsx';

/** A session: the conversation, what waits for the person below it, and the composer. */
export function Panel() {
  return (
    <main class={dropping.value ? 'panel dropping' : 'panel'} {...dropHandlers}>
      <Downloads />
      <Conversation />
      <div class="pinned">
        <StagedBar />
        <AppliedBar />
        <PendingCard />
        <WaitingList />
      </div>
      <Chips />
      <Composer />
      <Footer />
    </main>
  );
}

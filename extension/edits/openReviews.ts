import type * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { hostReview } from '../../sidecar/protocol/sessions.ts';
import type { Origin } from './review.ts';
import type { ReviewSession } from './reviewSession.ts';
import type { ReviewFile } from './reviewState.ts';

/** What the person decided about a session's staged edits. */
export type ReviewAnswer = z.infer<typeof hostReview.result>;

/** Who wants to know what the person decides: a session of the agent. */
export interface Asker {
  readonly sessionId: string;
  /** Takes the answer, once; null while nobody waits for it, as after a stop or a reload. */
  answer: ((answer: ReviewAnswer) => void) | null;
  /** Makes the session ask, so that a decision has somebody to go to. */
  again(): void;
  /** Decided while nobody asked; done as soon as somebody does. */
  wanted: 'accept' | 'reject' | null;
  /** Its session says that nothing is staged any more. */
  released: boolean;
}

/** A change set that waits for the person's decision, whether its tab is open or not. */
export interface OpenReview {
  readonly session: ReviewSession;
  /** Under which it is applied: a session's edits have another each time that it asks. */
  changeSetId: string;
  /** Asks the model again. */
  retry?: (() => void) | undefined;
  asker?: Asker | undefined;
  /** Of one that was asked for in the editor. */
  origin?: Origin | undefined;
}

/** Where a decision was made: the focus goes back to the source from the editor, and stays where it is in the panel. */
export type DecidedIn = 'editor' | 'panel';

/** All change sets under review, as the commands, the panel and the sessions see them. */
export interface OpenReviews {
  all(): readonly OpenReview[];
  /** The one that a decision is about: in front, else the newest. */
  current(): OpenReview | undefined;
  add(
    changeSet: ChangeSet,
    about: Pick<OpenReview, 'retry' | 'asker' | 'origin'>,
    decided?: ReadonlyMap<string, ReviewFile>,
  ): OpenReview;
  /** Leaves it out, undecided. */
  remove(at: OpenReview): Promise<void>;
  applyAll(at: OpenReview, from: DecidedIn): Promise<void>;
  /** Without showing anything unless the person has to resolve a conflict. */
  applyAtOnce(at: OpenReview): Promise<void>;
  rejectAll(at: OpenReview, from: DecidedIn): Promise<void>;
  /** Whether one of its tabs is open. */
  isShown(at: OpenReview): boolean;
  /** Asks what shall stand where the person's edits and the proposal's meet. */
  resolve(at: OpenReview): Promise<void>;
  /** One decision after the other; one about a review that is gone by then is left out. Null: about none. */
  inTurn(at: OpenReview | null, run: () => Promise<void>): Promise<void>;
  readonly onDidChange: vscode.Event<void>;
}

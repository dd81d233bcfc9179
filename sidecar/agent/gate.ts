import type { Person, ReviewAnswer } from '../host/person.ts';
import type { Decision } from '../permission/decide.ts';
import type { AgentEvent, ReviewedFile } from '../protocol/agentEvents.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import { t } from '../protocol/translate.ts';
import { callTitle } from '../tools/callTitle.ts';
import type { ReadyCall } from '../tools/readCall.ts';
import type { Assessment, ToolContext } from '../tools/tool.ts';
import type { StagedFiles } from '../workspace/stagedFiles.ts';
import type { LoopEvent } from './loopEvents.ts';
import { rejectedText, reviewText } from './reviewText.ts';
import type { Gate } from './runCalls.ts';

export interface GateDeps {
  person: Person;
  /** The overlay; null where edits are applied at once. */
  staged: StagedFiles | null;
  context: Pick<ToolContext, 'roots' | 'files'>;
  /** What mode, risk and rules say of a call; without an assessment it is taken at its worst. */
  decide(call: ReadyCall, assessment: Assessment | undefined): Decision | Promise<Decision>;
  keepRule(rule: string): Promise<void>;
  nameOf(uri: string): string;
  title(): string;
}

/** Effects that need the files on disk to be what the model thinks they are. */
const needsDisk = new Set(['disk', 'command']);

/** All that comes before the effect of a call: mode, risk, rules, the review of what is staged, the person. */
export async function* passGate(call: ReadyCall, deps: GateDeps, signal: AbortSignal): AsyncGenerator<LoopEvent, Gate> {
  const { person, staged } = deps;
  const { tool, args } = call;
  const assessed = await tool.assess?.(args, deps.context);
  const decision = await deps.decide(call, assessed);
  if (decision.verdict === 'refuse') return { kind: 'refused', text: decision.reason, summary: t('refused') };
  const waiting = needsDisk.has(tool.effect) ? (staged?.staged().size ?? 0) : 0;
  let acceptStaged = false;
  if (decision.verdict === 'ask') {
    const assessment = assessed ?? unknownRisk(call, deps.context.roots);
    yield { type: 'asking', callId: call.call.id, assessment };
    const question = { callId: call.call.id, title: callTitle(call, deps.context.roots), assessment, staged: waiting };
    const answer = await person.permit(question, signal);
    const { rule } = assessment;
    const always = answer.answer === 'allow_always' && rule !== undefined;
    yield {
      type: 'permission',
      callId: call.call.id,
      answer: answer.answer,
      ...(always ? { rule } : {}),
    };
    if (answer.answer === 'reject_once' || answer.answer === 'reject_always') {
      const word = answer.word ? ` They say: ${answer.word}` : '';
      return { kind: 'refused', text: `The person did not allow this.${word}`, summary: t('rejected') };
    }
    if (always) await deps.keepRule(rule);
    acceptStaged = 'acceptStaged' in answer && answer.acceptStaged === true;
  }
  if (waiting === 0 || !staged) return { kind: 'run' };
  const reviewed = yield* reviewStaged(deps, acceptStaged, signal);
  if (reviewed === 'decided') return { kind: 'run' };
  const text = 'Your edits wait for review, and nothing can run before the person has decided on them.';
  return { kind: 'refused', text, summary: t('waits for review') };
}

/** Shows what is staged and applies what is accepted; `left`: nobody decided, or it could not be written. */
export async function* reviewStaged(
  { person, staged, nameOf, title }: GateDeps,
  acceptAll: boolean,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, 'decided' | 'left'> {
  const changeSet = staged?.changeSet(title()) ?? null;
  if (!staged || changeSet === null) return 'decided';
  yield { type: 'reviewing', changeSet };
  const answer = await person.review(changeSet, acceptAll, signal);
  if (answer.kind === 'left') return 'left';
  if (answer.kind === 'failed') {
    yield { type: 'notice', text: `${answer.problem.title}: ${answer.problem.sentence}` };
    return 'left';
  }
  // The log says so before the overlay forgets: a crash in between shows the review again, of files that are as proposed.
  yield reviewedEvent(changeSet, answer, nameOf);
  staged.clear();
  return 'decided';
}

function reviewedEvent(
  changeSet: ChangeSet,
  answer: Extract<ReviewAnswer, { kind: 'applied' | 'rejected' }>,
  nameOf: (uri: string) => string,
): AgentEvent {
  const decided = answer.kind === 'applied' ? answer.files : [];
  const files = changeSet.files.map(({ uri, operation, hunks }): ReviewedFile => {
    const outcome = decided.find((file) => file.uri === uri);
    const { accepted = 0, rejected = hunks.length, changedByPerson = false } = outcome ?? {};
    return { path: nameOf(uri), operation, accepted, rejected, changedByPerson };
  });
  const told =
    answer.kind === 'applied' ? reviewText({ changeSet, ...answer, nameOf }) : rejectedText(changeSet, nameOf);
  const applied = answer.kind === 'applied' ? { applyId: answer.applyId } : {};
  return { type: 'reviewed', changeSetId: changeSet.id, ...applied, files, told };
}

const unknownRisk = (call: ReadyCall, roots: readonly string[]): Assessment => ({
  risk: 'high',
  what: callTitle(call, roots),
  reasons: [t('What it does is not known')],
});

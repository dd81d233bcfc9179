import { words } from '../words.ts';
import { CallBody } from './callBody.tsx';
import { callOutcome, callTime, callTitle, isCommand, problemLine } from './callTexts.ts';
import { Comma } from './comma.tsx';
import { useElapsed } from './elapsed.ts';
import { memo } from './memo.ts';
import { language, pending } from './store.ts';
import { Toggle } from './toggle.tsx';
import type { Call } from './view.ts';

/** A command that runs so long is shown open, so that it can be stopped, in milliseconds. */
const stopAfter = 1000;

/** A call of a tool: one row with verb, object, result and duration. Running commands are open, all else is folded. */
export const CallCard = memo(({ call }: { call: Call }) => {
  const locale = language.value;
  const asked = pending.value?.kind === 'permission' && pending.value.asked.callId === call.id;
  const works = call.state === 'running' && !asked;
  const elapsed = useElapsed(works ? call.startedAt : undefined);
  const failed = call.state === 'failed';
  const outcome = asked ? words.waitsForYou : callOutcome(call, elapsed, locale);
  const detail = failed ? problemLine(call) : '';
  const head = (
    <>
      <Mark state={call.state} />
      <span class="row-title" dir="auto">
        {callTitle(call)}
      </span>
      {call.rule !== undefined && <span class="quiet rule-mark">{words.allowedAlways}</span>}
      <Comma />
      <Outcome text={outcome} failed={failed} />
      <Comma />
      <span class="row-time">{callTime(call, locale)}</span>
    </>
  );
  return (
    <div class={`call ${call.state}`}>
      <Toggle
        open={works && (call.output !== '' || (isCommand(call.name) && elapsed >= stopAfter))}
        head={head}
        below={detail !== '' && detail !== outcome && <div class="call-problem">{detail}</div>}
      >
        {() => <CallBody call={call} stops={works} />}
      </Toggle>
    </div>
  );
});

const marks: Record<Call['state'], string> = {
  running: 'loading codicon-modifier-spin',
  ok: '',
  failed: 'error',
  rejected: 'circle-slash',
};

/** The state as an icon; what went well has none. */
function Mark({ state }: { state: Call['state'] }) {
  return marks[state] === '' ? null : <span class={`codicon codicon-${marks[state]} call-mark`} aria-hidden="true" />;
}

/** Lines added and removed have their colours, and a real minus. */
function Outcome({ text, failed }: { text: string; failed: boolean }) {
  const [, before = '', added, removed, after = ''] = /^(.*?)\+(\d+) [-−](\d+)(.*)$/.exec(text) ?? [];
  if (added === undefined) return <span class={`row-result ${failed ? 'failed' : ''}`}>{text}</span>;
  return (
    <span class="row-result">
      {before}
      <span class="added">+{added}</span> <span class="removed">−{removed}</span>
      {after}
    </span>
  );
}

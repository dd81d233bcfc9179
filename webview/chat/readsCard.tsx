import { plural } from '../../sidecar/protocol/translate.ts';
import { callOutcome, callTime, callTitle } from './callTexts.ts';
import { Comma } from './comma.tsx';
import { memo } from './memo.ts';
import { language } from './store.ts';
import { Toggle } from './toggle.tsx';
import type { Call } from './view.ts';

/** Neighbouring reads as one row: "Read 3 files". */
export const ReadsCard = memo(({ calls }: { calls: readonly Call[] }) => {
  const locale = language.value;
  const files = new Set(calls.map(({ title }) => title.replace(/ \d+-\d+$/, ''))).size;
  const ms = Math.max(...calls.map((call) => call.ms ?? 0));
  const title = plural(files, { one: 'Read {count} file', other: 'Read {count} files' });
  const time = callTime({ ms }, locale);
  const head = (
    <>
      <span class="row-title">{title}</span>
      <Comma />
      <span class="row-time">{time}</span>
    </>
  );
  return (
    <div class="call ok">
      <Toggle open={false} head={head}>
        {() => (
          <ul class="reads">
            {calls.map((call) => (
              <li key={call.id}>
                <span class="row-title" dir="auto">
                  {callTitle(call)}
                </span>
                <Comma />
                <span class="row-result">{callOutcome(call, 0, locale)}</span>
              </li>
            ))}
          </ul>
        )}
      </Toggle>
    </div>
  );
});

import * as z from 'zod/mini';
import { plural } from '../../sidecar/protocol/translate.ts';
import { useTabIndex } from '../markdown/answerContext.ts';
import { words } from '../words.ts';
import { isCommand } from './callTexts.ts';
import { post } from './hostApi.ts';
import type { Call } from './view.ts';

/** Lines of an output that a card shows; the rest opens in an editor. */
const shownLines = 12;

const Edit = z.object({ old_string: z.string(), new_string: z.string() });
const Write = z.object({ content: z.string() });

/** What stands below the row of a call when it is open: the command and the end of its output, or the edit. */
export function CallBody({ call, stops }: { call: Call; stops: boolean }) {
  const tabIndex = useTabIndex();
  const command = isCommand(call.name);
  const edit = editLines(call);
  const output = call.output === '' ? call.result : call.output;
  const all = output.replace(/\n$/, '').split('\n');
  const lines = command ? all.slice(-shownLines) : all.slice(0, shownLines);
  const left = all.length - lines.length;
  return (
    <div class="call-body">
      {edit.length > 0 && call.state !== 'failed' ? (
        <pre dir="ltr" class="call-output" tabIndex={tabIndex}>
          {edit.slice(0, shownLines).map((line, index) => (
            <div key={index} class={line.startsWith('+') ? 'added' : 'removed'}>
              {line}
            </div>
          ))}
          {edit.length > shownLines && <div class="quiet">{moreLines(edit.length - shownLines)}</div>}
        </pre>
      ) : (
        <pre dir="ltr" class="call-output" tabIndex={tabIndex}>
          {command && <div class="command">{`$ ${call.title}`}</div>}
          {command && left > 0 && (
            <div class="quiet">{plural(left, { one: '{count} line before', other: '{count} lines before' })}</div>
          )}
          {lines.join('\n')}
          {!command && left > 0 && <div class="quiet">{moreLines(left)}</div>}
        </pre>
      )}
      {command && stops && (
        <button
          type="button"
          class="text-button"
          tabIndex={tabIndex}
          onClick={() => post({ type: 'stopCall', callId: call.id })}
        >
          {words.stopCommand}
        </button>
      )}
      {(left > 0 || (command && output !== '')) && (
        <button
          type="button"
          class="text-button"
          tabIndex={tabIndex}
          onClick={() => post({ type: 'openOutput', callId: call.id })}
        >
          {words.openOutput}
        </button>
      )}
    </div>
  );
}

const moreLines = (count: number) => plural(count, { one: '{count} more line', other: '{count} more lines' });

/** The lines that an edit takes away and puts in. */
function editLines(call: Call): string[] {
  let value: unknown;
  try {
    value = JSON.parse(call.arguments);
  } catch {
    return [];
  }
  const marked = (mark: string, text: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${mark}${line}`);
  const edit = Edit.safeParse(value);
  if (edit.success) return [...marked('−', edit.data.old_string), ...marked('+', edit.data.new_string)];
  const write = call.name === 'write_file' ? Write.safeParse(value) : undefined;
  return write?.success ? marked('+', write.data.content) : [];
}

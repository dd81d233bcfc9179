import { t } from '../../protocol/translate.ts';
import { type Answer, type Asked, askChat } from './askChat.ts';
import { firstReason } from './chatChecks.ts';
import { toolCallFix } from './modelFamily.ts';
import { type Findings, fail, ok, type Visit, warn } from './visit.ts';

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Get the current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

/** One question that wants a tool, with `tool_choice: auto`. */
export async function toolCalls(visit: Visit): Promise<Findings> {
  const messages = [{ role: 'user', content: 'What is the weather in Paris? Use the tool.' }] as const;
  return { checks: [judgeTools(await askChat(visit, { messages, tools: [weather], maxTokens: 128 }), visit)] };
}

function judgeTools(asked: Asked, { facts }: Visit) {
  const fix = toolCallFix(facts.kind, facts.names);
  if (asked.kind === 'redirected')
    return fail(
      'tools',
      t('Tool calls: sent on to {to}', { to: asked.to }),
      t('Set the address to {to}', { to: asked.to }),
    );
  if (asked.kind === 'broken')
    return fail(
      'tools',
      t('Tool calls: no whole answer ({reason})', { reason: asked.timedOut ? t('too slow') : asked.code }),
      t("Look into the server's log"),
    );
  if (asked.kind === 'refused') {
    const { status, body } = asked.reply;
    const reason = firstReason(body).slice(0, 200);
    return fail(
      'tools',
      t('Tool calls: refused with {status}: {reason}', { status, reason: reason || t('no reason given') }),
      fix,
    );
  }
  if (asked.calls.length > 0) return ok('tools', t('Tool calls: arrive as calls'));
  if (isCallAsText(asked.text))
    return fail(
      'tools',
      t('Tool calls: arrive as text, so no tool-call parser is at work; Devstral recovers most of them'),
      fix,
    );
  if (facts.tools === false) return fail('tools', t('Tool calls: the server has no parser for them'), fix);
  return unused(asked, fix);
}

function unused({ text, error }: Answer, fix: string) {
  if (error !== null)
    return fail('tools', t('Tool calls: the answer ends with an error: {error}', { error: error.slice(0, 200) }), fix);
  if (text.trim() === '')
    return fail('tools', t('Tool calls: the answer is empty, as when a parser loses the call'), fix);
  return warn(
    'tools',
    t('Tool calls: the model answered in words and used no tool'),
    t('A small model does that; with a larger one: {fix}', { fix }),
  );
}

/** A call of the tool above in the text of an answer, in any of the forms seen in the wild. */
export function isCallAsText(text: string): boolean {
  return (
    /\[TOOL_CALLS\]/.test(text) ||
    /get_weather\s*(\[(CALL_ID|ARGS)\]|\{)/.test(text) ||
    /"name"\s*:\s*"get_weather"/.test(text) ||
    /<(tool_call|function=|invoke)/.test(text)
  );
}

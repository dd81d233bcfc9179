import { displayLanguage, t } from '../../protocol/translate.ts';
import { type Asked, askChat, type Question } from './askChat.ts';
import { firstReason, templateFix } from './chatChecks.ts';
import { type Findings, ok, type Visit, warn } from './visit.ts';

const orders: readonly { what: string; messages: Question['messages'] }[] = [
  {
    what: t('two messages of the user in a row'),
    messages: [
      { role: 'user', content: 'My name is Ann.' },
      { role: 'user', content: 'What is my name?' },
    ],
  },
  {
    what: t('a system message later on'),
    messages: [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: 'Be terse.' },
      { role: 'user', content: 'Bye' },
    ],
  },
];

/** Whether the chat template takes messages in the orders in which a conversation can come to stand. */
export async function roles(visit: Visit): Promise<Findings> {
  const refused: string[] = [];
  let reason = '';
  for (const { what, messages } of orders) {
    const asked = await askChat(visit, { messages, maxTokens: 1 });
    const why = refusalOf(asked);
    if (why === null) continue;
    refused.push(what);
    reason ||= why;
  }
  if (refused.length === 0) return { checks: [ok('roles', t('Roles: any order is taken'))] };
  const message = t('Roles: refuses {what} ({reason})', {
    what: new Intl.ListFormat(displayLanguage()).format(refused),
    reason: reason.slice(0, 160),
  });
  const fix = t('Devstral orders its messages so that this does no harm; for other clients: {fix}', {
    fix: templateFix(visit.facts, reason),
  });
  return { checks: [warn('roles', message, fix)] };
}

function refusalOf(asked: Asked): string | null {
  if (asked.kind === 'refused') return firstReason(asked.reply.body) || String(asked.reply.status);
  if (asked.kind === 'answer') return asked.error;
  return asked.kind === 'broken' ? asked.code : t('sent on to {to}', { to: asked.to });
}

import assert from 'node:assert/strict';
import type { ModelEvent } from '../../../sidecar/models/backend.ts';
import { answerOf, expected, openServed, promptTokens, served, user } from './served.ts';

/** The report of a problem that ended a stream. */
const problemOf = (events: readonly ModelEvent[]) => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.problem : null;
};

describe(`what ${served.kind} refuses`, () => {
  it('a prompt that does not fit: foreseen by the count, and told as such', async () => {
    const backend = openServed();
    try {
      // Ollama says its context once the model is loaded.
      await answerOf(backend, [user('hi')]);
      const long = [user('word '.repeat((served.context || 2048) + 400))];
      const counted = await backend.countTokens(long, [], new AbortController().signal);
      assert.ok(counted > served.context, `${counted} tokens counted`);
      const got = await answerOf(backend, long, [], 10);
      if (expected.overflow === 'answered') {
        assert.match(got.ends[0] ?? '', /^(stop|length)$/);
        assert.ok(counted >= promptTokens(got));
        return;
      }
      assert.equal(got.ends[0], expected.overflow);
      const sentence = problemOf(got.events)?.sentence ?? '';
      if (expected.exactCounts)
        assert.match(sentence, new RegExp(`${served.context}|${served.context.toLocaleString('en')}`));
    } finally {
      await backend.dispose();
    }
  });

  it('a wrong key, without saying it anywhere', async function () {
    if (served.key === '') return this.skip();
    const backend = openServed({ key: 'sk-wrong-and-secret' });
    try {
      const got = await answerOf(backend, [user('hi')]);
      assert.equal(got.ends[0], 'serverKeyRefused');
      assert.doesNotMatch(JSON.stringify(got.events), /wrong-and-secret/);
    } finally {
      await backend.dispose();
    }
  });

  it('a model that it does not have', async () => {
    const backend = openServed({ model: 'no-such-model' });
    try {
      const got = await answerOf(backend, [user('hi')]);
      if (expected.wrongModel === 'answered') assert.match(got.ends[0] ?? '', /^(stop|length)$/);
      else assert.equal(got.ends[0], expected.wrongModel);
    } finally {
      await backend.dispose();
    }
  });
});

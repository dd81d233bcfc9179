import assert from 'node:assert/strict';
import { contextOption, contextProblem } from '../../sidecar/models/backends/remote/contextProblem.ts';
import { judgeReply } from '../../sidecar/models/backends/remote/errors.ts';
import { type ServerFacts, unknownFacts } from '../../sidecar/models/backends/remote/serverFacts.ts';
import { problem } from '../../sidecar/protocol/problems.ts';

const facts = (more: Partial<ServerFacts>): ServerFacts => ({ ...unknownFacts('devstral'), ...more });

describe('a prompt that is more than the context of a server', () => {
  it('is condensed within a conversation, and the server given more where there is none yet', () => {
    assert.equal(contextProblem(12_400, 8192, undefined, '').code, 'contextFull');
    const report = contextProblem(12_400, 8192, facts({ kind: 'vllm' }), 'counted by the server');
    assert.equal(`${report.title}. ${report.sentence}`, 'The server allows 8,192 tokens. This request needs 12,400.');
    assert.deepEqual(report.actions, ['Copy Server Option', 'Remove Context...']);
    assert.equal(report.copy, '--max-model-len 32768');
  });

  it('is told so where the server itself counts', () => {
    const body = JSON.stringify({ error: { type: 'exceed_context_size_error', n_prompt_tokens: 99, n_ctx: 64 } });
    const server = { url: 'http://a', model: 'm', contextSize: 64 };
    const judged = (first?: ServerFacts) =>
      judgeReply({ status: 400, headers: {}, body }, { ...server, first }, 1, 0).problem.code;
    assert.deepEqual([judged(), judged(facts({ kind: 'llamacpp' }))], ['contextFull', 'serverContextSmall']);
  });

  it('names the option of each server, for no more than the model knows', () => {
    const of = (kind: ServerFacts['kind'], trainedContext: number | null = null, used = 60_000) =>
      contextOption(facts({ kind, trainedContext }), used);
    assert.equal(of('sglang'), '--context-length 65536');
    assert.equal(of('llamacpp', 62_000), '-c 62000');
    assert.equal(of('ollama', null, 100), 'OLLAMA_CONTEXT_LENGTH=32768 ollama serve');
    assert.equal(of('lmstudio'), 'lms load devstral --context-length 65536');
    assert.equal(of('vllm', 32_768), null, 'no option holds it');
    assert.equal(of('mistral'), null);
  });

  it('and other counts are told in the singular for one', () => {
    const said = [1, 2].map((n) => problem('oldTextNotFound', { file: 'a.py', n }).sentence);
    assert.deepEqual(said, [
      'Its text is not in a.py; 1 other is ready.',
      'Its text is not in a.py; 2 others are ready.',
    ]);
  });
});

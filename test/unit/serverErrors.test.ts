import assert from 'node:assert/strict';
import {
  errorCode,
  judgeFailure,
  judgeReply,
  reasonOf,
  retryAfter,
  retryDelay,
} from '../../sidecar/models/backends/remote/errors.ts';
import { parseServerUrl } from '../../sidecar/models/backends/remote/serverUrl.ts';

const server = { url: 'http://host:8000/v1', model: 'devstral', contextSize: 4096 };
const now = Date.parse('2026-01-01T00:00:00Z');

function judge(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return judgeReply({ status, headers, body: text }, server, 2, now);
}

describe('errors of servers', () => {
  const overflows: [name: string, status: number, body: unknown, sentence: string][] = [
    [
      'vLLM',
      400,
      {
        error: {
          message:
            "This model's maximum context length is 2048 tokens. However, your prompt contains 2452 input tokens.",
          param: 'input_tokens',
          code: 400,
        },
      },
      '2452 of 2048 tokens are used.',
    ],
    [
      'older vLLM',
      400,
      {
        error: {
          message:
            "This model's maximum context length is 2048 tokens. However, you requested 5048 tokens (4048 in the messages, 1000 in the completion).",
        },
      },
      '5048 of 2048 tokens are used.',
    ],
    [
      'SGLang',
      400,
      {
        object: 'error',
        message: "The input (2452 tokens) is longer than the model's context length (2048 tokens).",
        code: 400,
      },
      '2452 of 2048 tokens are used.',
    ],
    [
      'llama-server',
      400,
      {
        error: {
          code: 400,
          message: 'request (2452 tokens) exceeds the available context size (2048 tokens), try increasing it',
          type: 'exceed_context_size_error',
          n_prompt_tokens: 2452,
          n_ctx: 2048,
        },
      },
      '2452 of 2048 tokens are used.',
    ],
    ['Ollama, native', 400, { error: 'the input length exceeds the context length' }, 'All of the tokens are used.'],
    ['OpenAI', 400, { error: { message: 'too long', code: 'context_length_exceeded' } }, 'All of the tokens are used.'],
  ];
  for (const [name, status, body, sentence] of overflows) {
    it(`${name}: an overflow is contextFull`, () => {
      const { problem, retry } = judge(status, body);
      assert.equal(problem.code, 'contextFull');
      assert.equal(problem.sentence, sentence);
      assert.equal(retry, null);
    });
  }

  const codes: [name: string, status: number, body: unknown, code: string, retried: boolean][] = [
    ['401', 401, { error: 'Unauthorized' }, 'serverKeyRefused', false],
    ['403 with a page', 403, '<html></html>', 'serverKeyRefused', false],
    ['404 of a model', 404, { error: { message: "model 'x' not found" } }, 'serverModelUnknown', false],
    ['404 of a path', 404, { detail: 'Not Found' }, 'serverRefused', false],
    ['404 of a path in plain text', 404, '404 page not found', 'serverRefused', false],
    ['404 with a page', 404, '<!DOCTYPE html><p>no</p>', 'serverNotModel', false],
    ['a pinned server', 400, { detail: "Server is pinned to '/m'; requested 'x'." }, 'serverModelUnknown', false],
    [
      '422 of FastAPI',
      422,
      { detail: [{ loc: ['body'], msg: 'Field required', type: 'missing' }] },
      'serverRefused',
      false,
    ],
    [
      'max_tokens over the context',
      400,
      { error: { message: 'max_tokens=3048 cannot be greater than max_model_len=2048.', param: 'max_tokens' } },
      'serverRefused',
      false,
    ],
    ['429', 429, 'slow down', 'serverBusy', true],
    ['500 in plain text', 500, 'Internal Server Error', 'serverBusy', true],
    [
      '500 of a template',
      500,
      { error: { message: '\n------------\nWhile executing\nError: Jinja Exception: roles must alternate' } },
      'serverRefused',
      false,
    ],
    ['502 with a page', 502, '<html>Bad Gateway</html>', 'serverBusy', true],
    ['503', 503, '', 'serverBusy', true],
  ];
  for (const [name, status, body, code, retried] of codes) {
    it(`${name}: ${code}`, () => {
      const { problem, retry } = judge(status, body);
      assert.equal(problem.code, code);
      assert.equal(retry !== null, retried);
    });
  }

  it('says the line of a template error that a person can use', () => {
    const { problem } = judge(500, {
      error: { message: '\n------------\nWhile executing X\nError: Jinja Exception: roles must alternate' },
    });
    assert.match(problem.sentence, /Error: Jinja Exception: roles must alternate/);
  });

  it('reads Retry-After as seconds and as a date, and waits no less', () => {
    assert.equal(retryAfter('2', now), 2000);
    assert.equal(retryAfter('Thu, 01 Jan 2026 00:00:03 GMT', now), 3000);
    assert.equal(retryAfter('soon', now), null);
    assert.equal(judge(429, '', { 'retry-after': '2' }).retry?.afterMs, 2000);
    for (const random of [0, 0.5, 0.999]) {
      assert.ok(retryDelay(1, 500, 2000, random) >= 2000);
      assert.ok(retryDelay(3, 500, null, random) >= 1000 && retryDelay(3, 500, null, random) < 3000);
    }
  });

  it('waits for a llama-server that still loads its model', () => {
    assert.equal(judge(503, { error: { message: 'Loading model', code: 503 } }).retry?.loading, true);
  });

  it('tells what a connection failed of by its code alone', () => {
    const failure = (code: string, tokens = 0) =>
      judgeFailure(new Error('secret', { cause: Object.assign(new Error('x'), { code }) }), server, tokens);
    assert.match(failure('ECONNREFUSED').problem.sentence, /ECONNREFUSED/);
    assert.equal(failure('ECONNREFUSED').retry, null);
    assert.equal(failure('DEPTH_ZERO_SELF_SIGNED_CERT').problem.code, 'tls');
    assert.equal(failure('CERT_SIGNATURE_FAILURE').problem.code, 'tls');
    assert.equal(failure('UND_ERR_SOCKET', 7).problem.code, 'streamCut');
    assert.match(failure('UND_ERR_SOCKET', 7).problem.sentence, /after 7 tokens/);
    assert.notEqual(failure('ECONNRESET').retry, null);
    assert.equal(errorCode('not an error'), 'no answer');
    assert.doesNotMatch(JSON.stringify(failure('ECONNREFUSED')), /secret/);
  });

  it('finds the sentence in any error body', () => {
    assert.equal(reasonOf('{"error":{"message":"a"}}'), 'a');
    assert.equal(reasonOf('{"object":"error","message":"a"}'), 'a');
    assert.equal(reasonOf('{"error":"a"}'), 'a');
    assert.equal(reasonOf('{"detail":[{"msg":"a"},{"msg":"b"}]}'), 'a; b');
    assert.equal(reasonOf('plain'), 'plain');
    assert.equal(reasonOf('[]'), '');
  });
});

describe('addresses of servers', () => {
  const same: [given: string, api: string, root: string][] = [
    ['http://h:8000', 'http://h:8000/v1', 'http://h:8000'],
    ['http://h:8000/', 'http://h:8000/v1', 'http://h:8000'],
    ['http://h:8000/v1', 'http://h:8000/v1', 'http://h:8000'],
    ['http://h:8000/v1///', 'http://h:8000/v1', 'http://h:8000'],
    ['h:8000', 'http://h:8000/v1', 'http://h:8000'],
    ['https://h/prefix', 'https://h/prefix/v1', 'https://h/prefix'],
    ['https://h/prefix/v1/', 'https://h/prefix/v1', 'https://h/prefix'],
    ['https://h/v1/chat/completions', 'https://h/v1', 'https://h'],
    ['https://user:pass@h/v1?key=x', 'https://h/v1', 'https://h'],
  ];
  for (const [given, api, root] of same) {
    it(given, () => {
      const parsed = parseServerUrl(given);
      assert.equal(parsed?.api, api);
      assert.equal(parsed?.root, root);
      assert.doesNotMatch(parsed?.shown ?? '', /pass|key=/);
    });
  }

  it('refuses what is no address', () => {
    for (const given of ['', 'ftp://h', 'http://', 'file:///x']) assert.equal(parseServerUrl(given), null);
  });

  it('knows this computer', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'a.localhost']) {
      assert.equal(parseServerUrl(`http://${host}:1`)?.loopback, true, host);
    }
    for (const host of ['127.0.0.1.example.com', 'example.com', '10.0.0.1', 'localhost.example.com']) {
      assert.equal(parseServerUrl(`http://${host}:1`)?.loopback, false, host);
    }
  });
});

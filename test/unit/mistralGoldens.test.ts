import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Segment } from '../../sidecar/models/formats/chatFormat.ts';
import type { MistralVersion } from '../../sidecar/models/formats/mistral/conversation.ts';
import { mistralVersion } from '../../sidecar/models/formats/mistral/mistralFormat.ts';
import { readOpenAi } from '../../sidecar/models/formats/mistral/readOpenAi.ts';
import { fimTokens, renderMistral } from '../../sidecar/models/formats/mistral/render.ts';
import type { Tekken } from '../../sidecar/models/formats/mistral/tekken.ts';
import { type JsonNode, readPythonJson } from '../../sidecar/models/formats/pythonJson.ts';
import { fixtureLines, tekken, tekkenVocabulary } from './mistralFixtures.ts';

interface Golden {
  id: string;
  version: MistralVersion;
  fim?: { prompt: string; suffix: string | null };
  tokens: number[];
}

/** The messages and tools of a line, read without loss. */
function conversationOf(line: string) {
  const read = readPythonJson(line);
  assert.ok(read.ok && typeof read.value === 'object' && read.value !== null && 'entries' in read.value);
  const { entries } = read.value as { entries: [string, JsonNode][] };
  const found = new Map(entries);
  return readOpenAi(found.get('messages') ?? [], found.get('tools') ?? null);
}

function tokensOf(segments: readonly Segment[], by: Tekken): number[] {
  return segments.flatMap((segment) =>
    'control' in segment ? [by.control(segment.control) ?? -1] : by.encode(segment.text),
  );
}

describe("Mistral's formats, as mistral-common writes them", () => {
  let by: Tekken;
  before(async function () {
    this.timeout(30_000);
    by = await tekken();
  });

  for (const version of ['v3', 'v7', 'v11', 'v13'] as const) {
    it(`${version}: every golden, token for token`, function () {
      this.timeout(30_000);
      let seen = 0;
      for (const line of fixtureLines('goldens.public')) {
        const golden = JSON.parse(line) as Golden;
        if (golden.version !== version) continue;
        seen++;
        if (golden.fim) {
          assert.deepEqual(fimTokens(golden.fim.prompt, golden.fim.suffix, by), golden.tokens, golden.id);
          continue;
        }
        const read = conversationOf(line);
        assert.equal(read.kind, 'read', golden.id);
        if (read.kind !== 'read') continue;
        const rendered = renderMistral(version, read.conversation);
        assert.equal(rendered.kind, 'rendered', golden.id);
        if (rendered.kind === 'rendered') assert.deepEqual(tokensOf(rendered.segments, by), golden.tokens, golden.id);
      }
      assert.ok(seen > 250, `${seen} goldens`);
    });
  }

  it('refuses what mistral-common refuses, with a reason', () => {
    const lines = fixtureLines('rejects');
    assert.equal(lines.length, 126);
    for (const line of lines) {
      const { id, version } = JSON.parse(line) as Golden;
      const read = conversationOf(line);
      const reason = read.kind === 'bad' ? read.reason : reasonOf(renderMistral(version, read.conversation));
      assert.ok(reason !== null && reason.length > 10, id);
    }
  });

  it('knows a version by the chat template of its GGUF', () => {
    const templates = JSON.parse(readFileSync('test/fixtures/mistral/templates.json', 'utf8')) as Record<
      string,
      string
    >;
    for (const [version, template] of Object.entries(templates)) assert.equal(mistralVersion(template), version);
    assert.equal(mistralVersion('{{ "<|im_start|>" }}'), null);
  });

  it('tokenises no text as a control token', async () => {
    const names = (await tekkenVocabulary()).slice(0, 1000);
    for (const name of names) {
      for (const id of by.encode(`${name} ${name}`)) assert.ok(id >= 1000, name);
    }
  });

  it('merges as the plain way does, which looks through all pairs', async function () {
    this.timeout(60_000);
    const vocabulary = await tekkenVocabulary();
    const rank = new Map(vocabulary.slice(1000).map((token, i) => [token, i + 1000]));
    const word = fc.string({
      unit: fc.constantFrom('a', 'b', 'e', 'r', 'n', 's', 't', 'T', 'E', 'é', 'ł', 'я'),
      maxLength: 60,
    });
    fc.assert(
      fc.property(word, (text) => {
        const pieces = text.match(/./gu) ? by.encode(text) : [];
        assert.equal(decode(pieces, vocabulary), text);
        if (/^[a-z]+$/.test(text)) assert.deepEqual(pieces, plainly(text, rank));
      }),
      { numRuns: 1000, seed: 4 },
    );
  });
});

const reasonOf = (rendered: ReturnType<typeof renderMistral>) => (rendered.kind === 'refused' ? rendered.reason : null);

function plainly(word: string, rank: ReadonlyMap<string, number>): number[] {
  const whole = rank.get(word);
  if (whole !== undefined) return [whole];
  const parts = [...word];
  for (;;) {
    let best = -1;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < parts.length; i++) {
      const found = rank.get(`${parts[i]}${parts[i + 1]}`) ?? Number.POSITIVE_INFINITY;
      if (found < lowest) [lowest, best] = [found, i];
    }
    if (best === -1) return parts.map((part) => rank.get(part) ?? -1);
    parts.splice(best, 2, `${parts[best]}${parts[best + 1]}`);
  }
}

/** Bytes spelt with GPT-2's letters, as text again. */
function decode(ids: readonly number[], vocabulary: readonly string[]): string {
  const byteOf = new Map<string, number>();
  let unprintable = 0;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
    byteOf.set(String.fromCharCode(printable ? byte : 256 + unprintable++), byte);
  }
  const letters = ids.map((id) => vocabulary[id] ?? '').join('');
  return Buffer.from([...letters].map((letter) => byteOf.get(letter) ?? 0)).toString('utf8');
}

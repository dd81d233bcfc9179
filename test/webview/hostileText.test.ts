import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostMessage } from '../../webview/protocol.ts';
import { type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { answer, begin, done, events, finish, stateOf, user } from './sampleEvents.ts';

const corpus: { name: string; text: string }[] = JSON.parse(
  readFileSync(join('test', 'fixtures', 'hostileMarkdown.json'), 'utf8'),
);

/** All that an answer may become. */
const allowedTags = new Set(
  'DIV P SPAN A CODE PRE FIGURE FIGCAPTION BUTTON SECTION TABLE THEAD TBODY TR TH TD UL OL LI BLOCKQUOTE EM STRONG S HR BR H3 H4 H5 H6'.split(
    ' ',
  ),
);
const allowedAttributes = /^(class|href|title|dir|tabindex|start|type|data-vscode-context|aria-[a-z]+)$/;

describe('hostile texts', function () {
  this.timeout(120_000);
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
    panel = await browser.open({ scale: 1 });
  });
  after(() => browser.close());

  const nothingRan = async () => {
    const ran = await panel.page.evaluate(() => [document.title, (globalThis as { hacked?: unknown }).hacked ?? null]);
    assert.deepEqual(ran, ['Devstral', null]);
    assert.deepEqual(await panel.violations(), [], 'the policy had nothing to stop');
  };

  it('of answers become text, allowed elements and links that only the host opens', async () => {
    assert.ok(corpus.length >= 100, `${corpus.length} texts`);
    const requests = panel.requests.length;
    for (const { name, text } of corpus) {
      await panel.say(stateOf(events([user(name), answer(text, [], text), done]), { id: name }));
      const found = await panel.page.evaluate(() =>
        [...document.querySelectorAll('.markdown *')].map((element) => ({
          tag: element.tagName,
          attributes: element.getAttributeNames(),
          href: element.getAttribute('href'),
          menu: element.getAttribute('data-vscode-context'),
        })),
      );
      for (const { tag, attributes, href, menu } of found) {
        assert.ok(menu === null || menu === '{"webviewSection":"code"}', `${name}: ${menu}`);
        assert.ok(allowedTags.has(tag), `${name}: ${tag}`);
        for (const attribute of attributes) assert.match(attribute, allowedAttributes, `${name}: ${tag}`);
        if (href !== null) assert.match(href, /^(https?:|mailto:|[^:]*$)/i, `${name}: ${href}`);
      }
      await nothingRan();
    }
    // A click asks the host, and nothing else happens.
    for (const { name, text } of corpus.filter((each) => /^(link|forged|load)/.test(each.name))) {
      await panel.say(stateOf(events([user(name), answer(text), done]), { id: `click ${name}` }));
      for (const link of await panel.page.locator('.markdown a').all()) await link.click({ timeout: 5000 });
    }
    await nothingRan();
    for (const message of await panel.heard()) {
      if (message.type === 'openLink') assert.match(message.href, /^(https?:|mailto:|[^:]*$)/i);
      else assert.ok(message.type === 'ready' || message.type === 'focus', message.type);
    }
    assert.deepEqual(panel.requests.slice(requests), [], 'nothing was asked for');
  });

  it('stay plain text wherever else a model, a file or a program is shown', async () => {
    const requests = panel.requests.length;
    for (const { name, text } of corpus.filter((each) => each.text.length < 2000)) {
      const list = events([
        user(text, [text], text),
        answer('', [
          ['t', 'todo', { items: [{ text }] }],
          ['c', 'bash', { command: text }],
        ]),
        begin('t', 'todo', text),
        finish('t', text),
        begin('c', 'bash', text),
        finish('c', text, text, 1, false),
        { type: 'notice', text },
        { type: 'steer', text },
        { type: 'hint', text },
        { type: 'condensed', upTo: 1, summary: text },
        {
          type: 'end',
          reason: 'failed',
          problem: { code: 'internal', title: text, sentence: text, actions: [text], details: text },
        },
      ]);
      const messages: HostMessage[] = [
        stateOf(list, {
          ...{ id: `plain ${name}`, title: text, running: true },
          waiting: [{ id: 'w', kind: 'steer', text }],
          pending: {
            ...{ kind: 'permission', at: 0 },
            asked: {
              callId: 'c',
              title: text,
              risk: 'high',
              what: text,
              where: text,
              reasons: [text],
              rule: text,
              staged: 0,
            },
          },
          context: [{ id: 'x', kind: 'file', label: text, path: text }],
        }),
      ];
      await panel.say(...messages);
      const strange = await panel.page.evaluate(() =>
        [
          ...document.querySelectorAll(
            '#root :is(script, style, iframe, object, embed, img, svg, math, form, link, meta, base, video, audio, [style])',
          ),
        ].map((element) => element.outerHTML),
      );
      assert.deepEqual(strange, [], name);
    }
    await nothingRan();
    assert.deepEqual(panel.requests.slice(requests), [], 'nothing was asked for');
  });
});

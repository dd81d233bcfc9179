import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { answer, done, events, messagesOf, stateOf, user } from './sampleEvents.ts';

const paragraph = (n: number) =>
  `Paragraph ${n} reads \`argv\` **twice**. See [the file](src/cli.py#L${n}).\n\n- first\n- then ${n}\n\n` +
  `\`\`\`python\ndef parse_${n}(argv):\n    return argv[${n}:]\n\`\`\`\n\n| Output | Before |\n|---|---:|\n| json | ${n} |\n\n`;
const long = Array.from({ length: 300 }, (_, n) => paragraph(n)).join('');
const piece = (text: string) => ({ type: 'text', text }) as const;

/** What is long is read and drawn little by little; nobody may see that. */
describe('long answers and sessions', function () {
  this.timeout(60_000);
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open({ scale: 1 });
  });
  afterEach(() => panel.close());

  const textOf = (selector: string) =>
    panel.page.evaluate((each) => document.querySelector(each)?.textContent ?? '', selector);
  async function becomes(what: string, isSo: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await isSo()); tries++) {
      assert.ok(tries < 500, `${what} did not come`);
      await panel.page.waitForTimeout(30);
    }
  }
  /** The elements of the answer but for colours, which come with sight, and the parts that it is kept in. */
  const shape = () =>
    panel.page.evaluate(() => {
      const names: string[] = [];
      for (const element of document.querySelectorAll('.markdown *')) {
        if (element.closest('pre') && element.tagName === 'SPAN') continue;
        if (!element.matches('.chapter, .blocks'))
          names.push(`${element.tagName} ${element.getAttribute('href') ?? ''}`);
      }
      return names.join('\n');
    });
  const drawn = () => becomes('the end', async () => (await textOf('.markdown')).includes('json299'));

  it('are the same whether they came in pieces or at once', async () => {
    await panel.say(stateOf(events([user('go')]), { running: true }));
    let at = 0;
    for (let size = 7; at < long.length; size = (size * 31) % 4001) {
      await panel.page.evaluate(
        (event) => window.postMessage({ type: 'events', sessionId: 'session', events: [{ event }] }, '*'),
        piece(long.slice(at, at + size)),
      );
      at += size;
    }
    await panel.say({ type: 'events', sessionId: 'session', events: events([answer(long), done], 1) });
    await drawn();
    const [text, elements] = [await textOf('.markdown'), await shape()];
    await panel.say(stateOf(events([user('go'), answer(long), done]), { id: 'another' }));
    await drawn();
    assert.equal(await textOf('.markdown'), text);
    assert.equal(await shape(), elements);
    assert.equal(await panel.page.locator('.code-actions').count(), 300);
  });

  it('can be searched, selected and copied where they are out of sight', async () => {
    await panel.say(stateOf(events([user('go'), answer(long), done])));
    await drawn();
    assert.equal(
      await panel.page.evaluate(() => (window as unknown as { find(text: string): boolean }).find('parse_150')),
      true,
    );
    const selected = await panel.page.evaluate(() => {
      const markdown = document.querySelector('.markdown');
      if (markdown) getSelection()?.selectAllChildren(markdown);
      return String(getSelection());
    });
    for (const n of [0, 77, 150, 299])
      assert.ok(selected.includes(`def parse_${n}(argv):\n    return argv[${n}:]`), `${n}`);
  });

  it('have their code coloured when it comes into sight', async () => {
    await panel.say(stateOf(events([user('go'), answer(long), done])));
    await drawn();
    const plain = await panel.page.locator('.code-block:not(:has(.hljs-keyword))').count();
    assert.ok(plain > 100, `${plain} of 300 are plain`);
    for (const n of [299, 150, 0]) {
      const code = panel.page.locator('.code-block').nth(n);
      await code.scrollIntoViewIfNeeded();
      await becomes(`colours of ${n}`, async () => (await code.locator('.hljs-keyword').count()) > 0);
    }
  });

  it('unfold long code in parts that are the code', async () => {
    const source = readFileSync('webview/markdown/parser.ts', 'utf8').trimEnd();
    const code = Array.from({ length: 8 }, () => source).join('\n');
    await panel.say(stateOf(events([user('go'), answer(`\`\`\`ts\n${code}\n\`\`\``), done])));
    await panel.page.locator('.code-fold').click();
    await becomes('colours', async () => (await panel.page.locator('.code-part:not(.coloured)').count()) === 0);
    assert.equal(await textOf('.code-block code'), code);
    const copied = await panel.page.evaluate(() => {
      const element = document.querySelector('.code-block code');
      if (element) getSelection()?.selectAllChildren(element);
      return String(getSelection());
    });
    assert.equal(copied.trimEnd(), code);
  });

  it('draw links whose address stands at the end', async () => {
    const text = `See [the docs][d].\n\n${'Words.\n\n'.repeat(500)}[d]: https://example.com/\n`;
    await panel.say(stateOf(events([user('go'), answer(text), done])));
    await becomes('the link', async () => (await panel.page.locator('.markdown a').count()) === 1);
    assert.equal(await panel.page.locator('.block').count(), 501);
  });

  it('read the names of characters as every browser does', async () => {
    const names = 'amp lt gt quot nbsp hellip copy NotEqualTilde ngE Aacute semi bogus notit ampx'.split(' ');
    await panel.say(stateOf(events([user('go'), answer(names.map((name) => `&${name};`).join('|')), done])));
    const expected = '&|<|>|"|\u00a0|…|©|≂̸|≧̸|Á|;|&bogus;|&notit;|&ampx;';
    assert.equal(await textOf('.markdown'), expected);
  });

  it('open at the newest turns; those before come in parts, once, and are scrolled to', async () => {
    const turns = Array.from({ length: 300 }, (_, n) => [user(`prompt ${n}`), answer(`Answer ${n}.`), done]).flat();
    const [state, ...earlier] = messagesOf(events(turns), { id: 'long' });
    assert.ok(state && earlier.length > 3);
    await panel.say(state);
    assert.match(await panel.page.locator('.message.prompt').last().innerText(), /prompt 299/);
    await panel.say(...earlier.slice(0, 2), ...earlier, { type: 'earlier', sessionId: 'other', events: events(turns) });
    const prompts = panel.page.locator('.message.prompt');
    await becomes('the first turn', async () => {
      await panel.page.locator('.conversation').evaluate((region) => {
        region.scrollTop = 0;
      });
      return (await prompts.count()) >= 300;
    });
    const all = await panel.page.locator('.prompt-text').allTextContents();
    assert.deepEqual(
      all,
      Array.from({ length: 300 }, (_, n) => `prompt ${n}`),
    );
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PanelMessage } from '../../webview/panelMessage.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { png } from '../pictures.ts';
import { type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { answer, done, events, stateOf, user } from './sampleEvents.ts';

type Of<T extends PanelMessage['type']> = Extract<PanelMessage, { type: T }>;

const seeing = { patch: 28, side: 1540, exact: true };
const server = (images: typeof seeing | null): HostMessage => ({
  type: 'model',
  model: { name: 'vLLM', kind: 'server', images, contextSize: 32_768 },
});
const shift = 8;

describe('what goes along with a message', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-drop-'));
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    panel = await browser.open({ scale: 1 });
    await panel.say(server(seeing));
  });
  afterEach(async () => {
    assert.deepEqual(await panel.violations(), []);
    const ours = /\/(webview\/[\w.]+)?$/;
    for (const url of panel.requests) assert.match(new URL(url).pathname, ours, 'only the page itself was loaded');
    await panel.close();
  });

  async function heard<T extends PanelMessage['type']>(type: T, count = 1): Promise<Of<T>[]> {
    for (let tries = 0; tries < 200; tries++) {
      const all = (await panel.heard()).filter((message): message is Of<T> => message.type === type);
      if (all.length >= count) return all;
      await panel.page.waitForTimeout(20);
    }
    assert.fail(`${count} ${type} did not come`);
  }

  /** A drag as the browser itself makes it: what the page sees is a real DataTransfer. `items` by type, in small letters. */
  async function drop(items: Record<string, string>, files: string[] = []): Promise<void> {
    const cdp = await panel.page.context().newCDPSession(panel.page);
    const box = (await panel.page.locator('.composer').boundingBox()) ?? assert.fail('no composer');
    const data = {
      items: Object.entries(items).map(([mimeType, text]) => ({ mimeType, data: text })),
      files,
      dragOperationsMask: 1,
    };
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, data, modifiers: shift };
    await cdp.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
    await cdp.send('Input.dispatchDragEvent', { type: 'dragOver', ...at });
    assert.equal(await panel.page.locator('.panel.dropping').count(), 1, 'it says that it takes them');
    await cdp.send('Input.dispatchDragEvent', { type: 'drop', ...at });
    assert.equal(await panel.page.locator('.panel.dropping').count(), 0);
    await cdp.detach();
  }

  /** Paste as the browser tells it; `files`: name, type, base64. */
  const paste = (files: [string, string, string][], text?: string) =>
    panel.page.evaluate(
      ([list, words]) => {
        const data = new DataTransfer();
        for (const [name, type, bytes] of list) {
          data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
        }
        if (words !== undefined) data.setData('text/plain', words);
        const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.querySelector('textarea')?.dispatchEvent(event);
        return event.defaultPrevented;
      },
      [files, text] as const,
    );
  const encoded = (width: number, height: number) => png(width, height).toString('base64');

  it('is dropped from the explorer and from tabs: all files and folders, each once', async () => {
    const uris = ['file:///w/src', 'file:///w/a%20b.py', 'file:///w/c.py'];
    // As VS Code's explorer writes it: one address for other programs, all of them for itself.
    await drop({
      'text/uri-list': uris[0] ?? '',
      'application/vnd.code.uri-list': uris.join('\r\n'),
      'text/plain': '/w/src\n/w/a b.py\n/w/c.py',
      resourceurls: JSON.stringify(uris),
    });
    assert.deepEqual(await heard('addUris'), [{ type: 'addUris', uris }]);
    // A tab of another group's editor has no list of addresses.
    const editors = [{ resource: { external: uris[1], scheme: 'file', path: '/w/a b.py' } }, { resource: uris[2] }];
    await drop({ codeeditors: JSON.stringify(editors), 'text/plain': '/w/a b.py' });
    assert.deepEqual((await heard('addUris', 2))[1]?.uris, uris.slice(1));
    // Copied in the explorer: what other programs name is taken, too, but no web page.
    const taken = await panel.page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text/uri-list', 'https://a.example/x\nfile:///w/d.py');
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('textarea')?.dispatchEvent(event);
      return event.defaultPrevented;
    });
    assert.ok(taken);
    assert.deepEqual((await heard('addUris', 3))[2]?.uris, ['file:///w/d.py']);
    assert.equal(await panel.page.getByRole('textbox', { name: 'Message' }).inputValue(), '', 'nothing is written');
  });

  it('says that VS Code wants Shift, where files are added', async () => {
    assert.match(
      (await panel.page.getByRole('button', { name: 'Add Context...' }).getAttribute('title')) ?? '',
      /Shift/,
    );
    await panel.page.getByRole('textbox', { name: 'Message' }).pressSequentially('@a');
    const candidates = [{ id: '1', kind: 'file' as const, label: 'a.png', detail: '' }];
    await panel.say({ type: 'candidates', query: 'a', candidates });
    assert.match((await panel.page.locator('.picker').textContent()) ?? '', /hold Shift/);
    // Of an image it says instead that nobody would see it.
    await panel.say(server(null));
    const option = panel.page.getByRole('option');
    assert.equal(await option.getAttribute('aria-disabled'), 'true');
    assert.match((await panel.page.locator('.picker').textContent()) ?? '', /vLLM does not see images/);
  });

  it('may be an image, made as small as the model reads it', async () => {
    writeFileSync(join(folder, 'screen.png'), png(3080, 1000));
    await drop({}, [join(folder, 'screen.png')]);
    const [image] = await heard('addImage');
    assert.deepEqual([image?.name, image?.width, image?.height], ['screen.png', 1540, 500]);
    const bytes = Buffer.from(image?.data ?? '', 'base64');
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1540, 500]);
    assert.equal(Buffer.from(image?.thumbnail ?? '', 'base64')[0], 0xff, 'a JPEG');
    assert.ok((image?.thumbnail.length ?? 0) < 10_000);

    // One that fits goes as it is, byte for byte; what the extension read is made fit in the same way.
    assert.equal(await paste([['', 'image/png', encoded(40, 30)]]), true);
    assert.equal((await heard('addImage', 2))[1]?.data, encoded(40, 30));
    const data = encoded(1541, 10);
    await panel.say({ type: 'readImage', id: 'image:file:///w/wide.png', name: 'wide.png', mime: 'image/png', data });
    const read = (await heard('addImage', 3))[2];
    assert.deepEqual(
      [read?.id, read?.name, read?.width, read?.height],
      ['image:file:///w/wide.png', 'wide.png', 1540, 10],
    );
  });

  it('is text where text was copied with its picture', async () => {
    assert.equal(await paste([['cell.png', 'image/png', encoded(4, 4)]], 'a cell'), false);
    assert.equal((await panel.heard()).filter(({ type }) => type === 'addImage').length, 0);
  });

  it('is refused in words where it is no image that can be sent', async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="https://a.example/x"/></svg>',
    ).toString('base64');
    assert.equal(await paste([['a.svg', 'image/svg+xml', svg]]), true);
    await paste([['b.png', 'image/png', encoded(8, 8).slice(0, 40)]]);
    writeFileSync(join(folder, 'c.jpg'), Buffer.alloc(10 * 2 ** 20 + 1));
    await drop({}, [join(folder, 'c.jpg')]);
    const refused = (await heard('imageRefused', 3)).map(({ name, reason }) => `${name} ${reason}`).sort();
    assert.deepEqual(refused, ['a.svg type', 'b.png broken', 'c.jpg size']);
  });

  it('is a chip with a picture, its size and tokens, that the keyboard removes', async () => {
    await paste([['screen.png', 'image/png', encoded(300, 200)]]);
    const [image] = await heard('addImage');
    const chip = {
      ...{ id: 'i', kind: 'image' as const, label: 'screen.png', path: 'screen.png', tokens: 96 },
      image: { width: 300, height: 200, thumbnail: image?.thumbnail ?? '' },
    };
    await panel.say({ type: 'context', context: [chip] });
    const shown = panel.page.locator('.chip');
    await panel.page.locator('canvas[data-drawn]').waitFor();
    const colour = await panel.page
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => [...(canvas.getContext('2d')?.getImageData(5, 5, 1, 1).data ?? [])]);
    assert.ok(Math.abs((colour[0] ?? 0) - 200) < 12 && (colour[1] ?? 255) < 60, `${colour}`);
    assert.equal(await shown.getAttribute('title'), 'screen.png, 300 × 200, 96 tokens');
    await panel.say(server({ ...seeing, exact: false }));
    assert.equal(await shown.getAttribute('title'), 'screen.png, 300 × 200, about 96 tokens');

    // Another model: it stays, greyed, with the reason.
    await panel.say(server(null));
    assert.equal(await panel.page.locator('.chip.off').count(), 1);
    assert.match((await panel.page.locator('.chips').textContent()) ?? '', /Not sent: vLLM does not see images/);
    await panel.say({ type: 'model', model: { name: 'Small 2', kind: 'local', images: null } });
    assert.match((await panel.page.locator('.chips').textContent()) ?? '', /engine on this computer/);
    await panel.page.getByRole('button', { name: 'Remove screen.png' }).focus();
    await panel.page.keyboard.press('Delete');
    assert.deepEqual(await heard('removeContext'), [{ type: 'removeContext', id: 'i' }]);
  });

  it('is shown at the message that brought it, also at one while the model worked', async () => {
    const steer = { type: 'steer' as const, text: 'use pathlib', attached: ['paths.py', 'error.png, 300 × 200'] };
    await panel.say(stateOf(events([user('add a flag', ['cli.py']), answer('I look.'), steer, answer('Done.'), done])));
    const lists = panel.page.getByRole('list', { name: 'Context', exact: true });
    assert.deepEqual(await lists.allTextContents(), ['cli.py', 'paths.pyerror.png, 300 × 200']);
  });

  it('is read by the model while there is text and nothing runs', async () => {
    const composer = panel.page.getByRole('textbox', { name: 'Message' });
    await composer.pressSequentially('why');
    await panel.say(stateOf(events([user('a')]), { running: true }));
    await panel.say(stateOf(events([user('a'), answer('b'), done])));
    await composer.fill('');
    assert.deepEqual(
      (await heard('writing', 4)).map(({ active }) => active),
      [true, false, true, false],
    );
  });
});

describe('room in the conversation', function () {
  this.timeout(60_000);
  let browser: PanelBrowser;
  let panel: PanelPage;
  const parts = { system: 2911, rules: 420, files: 0, message: 0, answer: 4096, size: 32_768, exact: true };
  const budget = (conversation: number, condensable: number): HostMessage => ({
    type: 'budget',
    budget: { ...parts, conversation, condensable },
  });
  let told = 0;
  /** The next answer of the session that is shown, with its prompt. */
  const full = (used: number): HostMessage => {
    told += 2;
    return {
      type: 'events',
      sessionId: 'session',
      events: events([answer('Yes.', [], '', used), done], told - 2),
    };
  };

  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open({ scale: 1 });
    told = 0;
    await panel.say(stateOf([]));
  });
  afterEach(() => panel.close());
  const status = () => panel.page.getByRole('status').textContent();

  it('shows the turns that condensing drops, condenses, and says what came of it', async () => {
    await panel.say(full(12_000));
    await panel.page.locator('.footer .budget').click();
    await panel.say(budget(20_000, 3880));
    const popup = panel.page.getByRole('group', { name: 'Context' });
    await popup.getByRole('button', { name: 'Preview' }).press('Enter');
    assert.ok((await panel.heard()).some(({ type }) => type === 'previewCondense'));
    await panel.say({
      type: 'dropped',
      turns: [
        { turn: 1, text: 'Make retry() async', tokens: 2880, inPart: false },
        { turn: 2, text: 'And the tests?', tokens: 1000, inPart: true },
      ],
    });
    const text = (await popup.textContent()) ?? '';
    assert.match(
      text,
      /Condensing drops 3,880 tokens \(turns 1-2\)\..*1 Make retry\(\) async2,880.*in part, 2 And the tests\?1,000/s,
    );
    await popup.getByRole('button', { name: 'Condense Now' }).press('Enter');
    assert.ok((await panel.heard()).some(({ type }) => type === 'condense'));
    assert.equal(await panel.page.getByRole('table', { name: 'Turns that condensing drops' }).count(), 0);
    await panel.say(budget(16_000, 0));
    assert.match((await popup.textContent()) ?? '', /Condensed from 23,331 to 19,331 tokens\./);
    await panel.page.waitForFunction(() =>
      /Condensed from/.test(document.querySelector('[role=status]')?.textContent ?? ''),
    );
    await panel.page.keyboard.press('Escape');
    assert.equal(await popup.count(), 0);
  });

  it('is told of at 80 and at 95 percent, once each in a session', async () => {
    await panel.say(full(20_000));
    await panel.page.clock.install();
    for (const [used, said] of [
      [27_000, 'Context is 80 percent full'],
      [20_000, 'Context is 80 percent full'],
      [27_000, 'Context is 80 percent full'],
      [31_500, 'Context is 95 percent full'],
    ] as const) {
      await panel.say(full(used));
      await panel.page.clock.runFor(6000);
      assert.equal(await status(), said);
    }
    const before = await panel.page.evaluate(() => {
      const region = document.querySelector('[role=status]');
      const seen: string[] = [];
      new MutationObserver(() => seen.push(region?.textContent ?? '')).observe(region as Element, {
        ...{ childList: true, characterData: true, subtree: true },
      });
      return Object.assign(globalThis, { seen }).seen.length;
    });
    for (const used of [20_000, 27_000, 31_500, 20_000, 31_500]) await panel.say(full(used));
    await panel.page.clock.runFor(60_000);
    assert.equal(await panel.page.evaluate(() => (globalThis as unknown as { seen: string[] }).seen.length), before);
  });

  it('a permission hides nothing: what turns the direction of writing is spelt out', async () => {
    const hostile = 'rm -rf build\u202e txt.sh\u200b';
    await panel.say({
      type: 'pending',
      sessionId: 'session',
      pending: {
        kind: 'permission',
        at: Date.now(),
        asked: {
          ...{ callId: 'c', title: `Run ${hostile}`, risk: 'high', what: hostile, where: 'src\u2066', staged: 0 },
          ...{ reasons: ['Deletes a\u202eb'], rule: 'rm\u200b *' },
        },
      },
    });
    const card = panel.page.locator('.permission');
    const text = (await card.textContent()) ?? '';
    assert.doesNotMatch(text, /[\p{Cf}]/u);
    assert.equal(await card.locator('.asked').textContent(), 'rm -rf build\\u{202e} txt.sh\\u{200b}');
    for (const shown of ['src\\u{2066}', 'a\\u{202e}b', 'rm\\u{200b} *']) assert.ok(text.includes(shown), shown);
    assert.doesNotMatch((await card.getAttribute('aria-label')) ?? '', /[\p{Cf}]/u);
    const alert = (await panel.page.getByRole('alert').textContent()) ?? '';
    assert.match(alert, /build\\u\{202e\}/);
  });
});

import type { PanelMessage } from '../../webview/protocol.ts';
import { stories } from './stories.ts';
import { type Theme, themes } from './themes.ts';

/**
 * VS Code's side of a panel that shows one story (`/?story=NAME&theme=dark`), and the page with all of them
 * (`/stories?theme=dark&width=300`). Loaded before the panel's own script.
 */
const parameters = new URLSearchParams(location.search);
const theme: Theme = themes[(parameters.get('theme') ?? 'dark') as keyof typeof themes];
const name = parameters.get('story');

const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

function applyTheme(): void {
  document.body.className = theme.bodyClasses;
  for (const [variable, value] of Object.entries(theme.variables)) {
    document.documentElement.style.setProperty(`--vscode-${variable}`, value);
  }
}

async function tell(): Promise<void> {
  const story = stories.find((candidate) => candidate.name === name);
  if (!story) throw new Error(`no story "${name}"`);
  applyTheme();
  for (const message of story.messages) window.postMessage(message, '*');
  await new Promise((done) => setTimeout(done, 30));
  await drawn();
  if (story.type !== undefined) {
    const input = document.querySelector('textarea');
    if (input) input.value = story.type;
    input?.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await drawn();
  }
  for (const selector of story.press ?? []) {
    const element = document.querySelector<HTMLElement>(selector);
    if (!element) throw new Error(`${name}: nothing at ${selector}`);
    element.click();
    await drawn();
  }
  // What the panel asked for may be answered again, as the extension would.
  for (const message of story.messages.slice(1)) window.postMessage(message, '*');
  await new Promise((done) => setTimeout(done, 30));
  await drawn();
  (document.activeElement as HTMLElement | null)?.blur();
  document.documentElement.dataset.ready = 'yes';
}

if (name !== null) {
  const host = {
    postMessage(message: PanelMessage) {
      if (message.type === 'ready') void tell();
    },
    getState: () => null,
    setState: () => undefined,
  };
  Object.assign(window, { acquireVsCodeApi: () => host });
} else {
  applyTheme();
  document.body.style.overflow = 'auto';
  document.body.style.blockSize = 'auto';
  document.documentElement.style.blockSize = 'auto';
  const width = Number(parameters.get('width') ?? 300);
  const page = document.createElement('div');
  page.style.cssText = 'display: flex; flex-wrap: wrap; gap: 16px; padding: 16px';
  for (const story of stories) {
    const figure = document.createElement('figure');
    figure.style.margin = '0';
    const caption = document.createElement('figcaption');
    caption.textContent = story.name;
    const frame = document.createElement('iframe');
    frame.title = story.name;
    frame.width = String(width);
    frame.height = '520';
    frame.style.cssText = 'border: 1px solid gray';
    frame.src = `/?story=${encodeURIComponent(story.name)}&theme=${parameters.get('theme') ?? 'dark'}`;
    figure.append(caption, frame);
    page.append(figure);
  }
  document.body.append(page);
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Story, stories } from './stories.ts';
import { themes } from './themes.ts';

/** In which the stories are drawn, in pixels, unless they say otherwise. */
export const widths = [300, 420];

const folder = join('artifacts', 'stories');
const asked = Boolean(process.env.DEVSTRAL_TEST_PICTURES);

/** Takes the picture where pictures are asked for (DEVSTRAL_TEST_PICTURES); `variant`: theme and width, or language. */
export async function photograph(page: Page, story: Story, variant: string): Promise<void> {
  if (asked) await page.screenshot({ path: join(folder, pictureOf(story, variant)) });
}

/** What the panel shows after a test that failed, asked for or not. */
export async function photographFailure(page: Page, title: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `failed-${fileName(title)}.png`) });
}

/** All pictures of all themes on one page. */
export function writeAlbum(): void {
  if (!asked) return;
  mkdirSync(folder, { recursive: true });
  const rows = Object.keys(themes).flatMap((theme) =>
    [...new Set([...widths, ...stories.flatMap((story) => story.widths ?? [])])].map((width) => {
      const images = stories
        .filter((story) => (story.widths ?? widths).includes(width))
        .map(
          (story) =>
            `<figure><figcaption>${story.name}</figcaption><img src="${pictureOf(story, `${theme}-${width}`)}" alt="${story.name}"></figure>`,
        );
      return `<h2>${theme}, ${width} px</h2><div>${images.join('')}</div>`;
    }),
  );
  const style = 'body{background:gray;font:12px sans-serif}div{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0}';
  writeFileSync(
    join(folder, 'index.html'),
    `<!DOCTYPE html><meta charset="utf-8"><title>Stories</title><style>${style}</style>${rows.join('')}`,
  );
}

const pictureOf = ({ name }: Story, variant: string) => `${fileName(name)}-${variant}.png`;
const fileName = (text: string) => text.replaceAll(/[^\w]+/g, '-').toLowerCase();

import { createBlockReader } from '../markdown/parser.ts';
import { clock } from './texts.ts';

/**
 * Loads what the first message would wait for, a tenth of a second on a slow machine: the language's form of a time, and
 * the compiled markdown parser.
 */
export function warmUp(): void {
  clock(Date.now(), document.documentElement.lang || 'en');
  createBlockReader().read(
    'A *word*, `code` and [a link](a.py).\n\n- item\n\n```js\n1\n```\n\n| a |\n|---|\n| b |\n\nend\n',
  );
}

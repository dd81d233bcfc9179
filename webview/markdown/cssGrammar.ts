import type { HLJSApi, Language } from 'highlight.js';

/** CSS, SCSS and Less as far as reading needs it; highlight.js' own grammar names every property and is 13 KB. */
export function css(hljs: HLJSApi): Language {
  return {
    name: 'CSS',
    contains: [
      hljs.C_BLOCK_COMMENT_MODE,
      hljs.C_LINE_COMMENT_MODE,
      hljs.APOS_STRING_MODE,
      hljs.QUOTE_STRING_MODE,
      { scope: 'keyword', match: /@[\w-]+|!important/ },
      { scope: 'number', match: /#[\da-f]{3,8}\b|-?(\d*\.)?\d+([a-z]+|%)?/i },
      { scope: 'variable', match: /--[\w-]+|\$[\w-]+/ },
      { scope: 'attribute', match: /(?<=[{;]\s*)[\w-]+(?=\s*:)/ },
      { scope: 'selector-class', match: /[.#][a-z][\w-]*/i },
      { scope: 'selector-tag', match: /::?[a-z-]+/i },
    ],
  };
}

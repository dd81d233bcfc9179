import type { HLJSApi, Language } from 'highlight.js';

const keywords =
  'add all alter and any as asc begin between by case check column commit constraint create cross database default delete desc distinct drop else end except exists explain false fetch first following for foreign from full function grant group having if in index inner insert intersect into is join key lateral left like limit natural not null offset on or order outer over partition preceding primary procedure range recursive references replace returning revoke right rollback row rows savepoint select set some start table temporary then to transaction trigger true truncate unbounded union unique update using values view when where window with';
const types =
  'bigint binary bit blob bool boolean char character clob date datetime decimal double enum float int integer interval json jsonb numeric real serial smallint text time timestamp tinyint uuid varbinary varchar varying';

/** SQL as far as reading needs it; highlight.js' own grammar names every function of the standard. */
export function sql(hljs: HLJSApi): Language {
  return {
    name: 'SQL',
    case_insensitive: true,
    keywords: { keyword: keywords, type: types },
    contains: [
      hljs.COMMENT('--', '$'),
      hljs.C_BLOCK_COMMENT_MODE,
      { scope: 'string', begin: "'", end: "'", contains: [{ begin: "''" }] },
      { begin: '"', end: '"', contains: [{ begin: '""' }] },
      { begin: '`', end: '`' },
      hljs.C_NUMBER_MODE,
      { scope: 'variable', match: /@[a-z0-9][a-z0-9_]*/ },
      { scope: 'built_in', match: /\b[a-z_]+(?=\()/, relevance: 0 },
    ],
  };
}

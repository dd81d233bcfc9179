/* Little languages that can run commands and write files. What is not known to be harmless is not plain. */

const address = String.raw`(?:\d+|\$|/(?:[^/\\\n]|\\.)*/I?)`;
const prefix = String.raw`(?:${address}(?:,[ \t]*(?:${address}|[+~]\d+))?[ \t]*!?[ \t]*)?`;
const substitute = String.raw`s([/|#,@:+!%])(?:(?!\1)[^\\\n]|\\.)*\1(?:(?!\1)[^\\\n]|\\.)*\1[gpiI\d]*`;
const translate = String.raw`y([/|#,])(?:(?!\2)[^\\\n]|\\.)*\2(?:(?!\2)[^\\\n]|\\.)*\2`;
const simple = '[pPdDqQ=gGhHxnN]';
const oneSedCommand = new RegExp(
  `[ \\t\\n;]*(?:${prefix}(?:${substitute}|${translate}|${simple})[ \\t]*(?=[;\\n}]|$)|${prefix}\\{|\\}|$)`,
  'y',
);

/** A sed script of addresses, `s`, `y`, `p`, `d` and the like: no `w`, `r`, `e`, nor flags that do the same. */
export function sedScriptIsPlain(script: string): boolean {
  let at = 0;
  while (at < script.length) {
    oneSedCommand.lastIndex = at;
    const found = oneSedCommand.exec(script);
    if (found === null || found[0] === '') return false;
    at += found[0].length;
  }
  return script.trim() !== '';
}

/** An awk program that reads its input and prints. */
export function awkProgramIsPlain(program: string): boolean {
  const bare = program.replaceAll('||', ' ');
  if (/system|getline|\||@|ENVIRON|ARGV|PROCINFO|\\\n/.test(bare)) return false;
  return !/print[^;}\n]*>/.test(bare);
}

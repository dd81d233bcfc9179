import type { SourceText } from '../../scripts/texts/sourceTexts.mjs';

/** Whether a literal reads like something that a person is meant to read: two words, or one with a capital. */
function looksLikeText(text: string): boolean {
  const plain = text.replaceAll('{}', 'x');
  return /\p{L}[\p{L}\d'’.,:;]* +\S*\p{L}{2}/u.test(plain) || /^\p{Lu}\p{Ll}/u.test(plain.trim());
}

/** Functions, keys and places whose texts nobody sees. */
const unseenCalls =
  /^(?:(?:deps\.)?log\.\w+|.*\.(?:executeCommand|registerCommand|includes|startsWith|has|get|querySelector|closest|matches|test)|===|!==|key|class|rel|href|kind|pattern|rootMargin|border|icon|id|data-\w+|new)$/;

/** What else stands in quotes, with the reason why it is no text of ours for a person. */
const allowed: readonly [file: RegExp, text: RegExp, reason: string][] = [
  [/./, /^(?:Devstral|Docker|vLLM|SGLang|Markdown)$/, 'names'],
  [/./, /^https?:\/\/|^devstral-review:|^unsloth\//, 'addresses'],
  [/./, /^(?:Alt|Meta)[+ ]/, 'keys, as they are printed on them and as ARIA writes them'],
  [/chat\/html\.ts$/, /./, 'the page itself'],
  [/(?:focusGuard|oneStop|answerView)\.ts$/, /button, /, 'selectors'],
  [/sqlGrammar\.ts$/, /^(?:add|bigint) /, 'words of SQL'],
  [/main\.tsx$/, /^\(min-width/, 'a media query'],
  [/droppedUris\.ts$/, /^(?:ResourceURLs|CodeEditors)$/, 'types of what is dropped'],
  [/webview\//, /codicon/, 'classes'],
  [/diagnosticsReport\.ts$/, /./, 'a report for a bug tracker is English'],
  [
    /context\/(?:readableDiff|terminalText|terminals|problemsContext|fixedOffers)\.ts$/,
    /[({]|rename to/,
    'for the model',
  ],
  [/inlineCommands\.ts$/, /^Add documentation/, 'for the model: comments are in the language of the file'],
  [
    /(?:problemMessage|sessionHandlers|panelProblem)\.ts$/,
    /./,
    'buttons of problems by their English label; shown through `t`',
  ],
  [/sessionClient\.ts$/, /^the new session/, 'an error for the log'],
  [/sessionTexts\.ts$/, /^\{\} \{\}\.log$/, 'a name of a file'],
];

/** Texts that a person would see, and that do not go through `t`. */
export function textsInCode(texts: readonly SourceText[]): string[] {
  return texts
    .filter(({ kind, text, call, file }) => {
      if (kind === 'template' || (kind === 'string' && unseenCalls.test(call ?? ''))) return false;
      if (kind === 'jsx' ? !/\p{L}{2}/u.test(text) : !looksLikeText(text)) return false;
      return !allowed.some(([files, what]) => files.test(file) && what.test(text));
    })
    .map(({ file, line, call, text }) => `${file}:${line} ${call ?? 'JSX'}: ${text}`);
}

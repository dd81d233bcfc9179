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
  [/warmUp\.ts$/, /./, 'what the parser reads first'],
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
  [/shownSession\.ts$/, /^the new session/, 'an error for the log'],
  [/sessionTexts\.ts$/, /^\{\} \{\}\.log$/, 'a name of a file'],
  // The sidecar.
  [/^sidecar\/(?:cli|serving)\//, /./, 'the command line is English'],
  [/^sidecar\/host\/terminal/, /./, 'the command line is English'],
  [/sidecar\/diagnostics\.ts$/, /./, 'a report for a bug tracker is English'],
  [/gguf\/readVocabulary\.ts$/, /./, 'the command line is English'],
  [
    /^sidecar\/(?:agent\/prompts|tools|testRun|models\/formats|workspace\/search)\//,
    /./,
    'for the model, and commands',
  ],
  [
    /agent\/(?:agentLoop|condense|folder\w+|gate|projectRules|reviewText|runCalls|shownImages|stuck|transcript|undoNotes|watchedCommand)\.ts$/,
    /./,
    'for the model',
  ],
  [/agent\/messageContext\.ts$/, /\.$|^\(cut|unchanged/, 'for the model'],
  [/permission\/decide\.ts$|sessions\/(?:mendSession|redactEvent|sessionStore)\.ts$/, /./, 'for the model'],
  [/workspace\/(?:stagedFiles|appliedFiles|runGit)\.ts$/, /./, 'for the model'],
  [
    /remote\/conversation\.ts$|models\/sizeText\.ts$/,
    /^(?:Not run\.|Understood\.|\{\} (?:GB|MB|KB|bytes))$/,
    'for the model',
  ],
  [/commands\/(?:interactive|output\w+|runCommand|runText)\.ts$/, /./, 'for the model'],
  [/commands\/runInWorkspace\.ts$/, /^(?:allowed to leave it|\{\} minutes)$/, 'for the model'],
  [
    /commands\/laterRunsGuard\.ts$/,
    /^It wrote| and \{\} more$|^\{\} (?:the person|it could|that was)/,
    'for the model',
  ],
  [/commands\/(?:shell|environment)\.ts$/, /./, 'names of folders and variables'],
  [
    /sandbox\/\w+\.ts$/,
    /\(|^P\{\}|^(?:there is no network|only the workspace)|^This ran/,
    'rules of the sandbox, and for the model',
  ],
  [/permission\/(?:commandTable|subcommandTable)\.ts$/, /./, 'words of commands'],
  [/doctor\/server\/(?:chat|role|tool)Checks\.ts$/, /[.?]$|^(?:Hello|Bye|Get the)/, 'asked of the model of a server'],
  [/connectionFault\.ts$/, /^(?:llama-server|ollama|vllm|python) /, 'commands'],
  [/server\/modelFamily\.ts$/, /^(?:[A-Z][\w.-]+(?: V?[\d.]+)?|--enable-auto.*)$/, 'names and options'],
  [/launch\/(?:gpus|serverModels)\.ts$/, /^(?:RTX|Radeon|Dev|Mini|Mis|Apache|modified)/, 'names'],
  [/launch\/(?:launch|nodes)\.ts$/, /^pip install|--block$/, 'commands'],
  [/catalog\/(?:catalog|starter)\.ts$/, /./, 'names of models and licences'],
  [
    /(?:kindOfServer|listModels|hardwareText|cudaCheck|modelFormat|machineChecks)\.ts$/,
    /^(?:Hugging Face|LM Studio|Ollama|Mistral|transformers serve|DotProd|Vulkan|Metal|ChatML|(?:Electron|Node) \{\})$/,
    'names',
  ],
  [/remote\/contextProblem\.ts$/, /^(?:OLLAMA_CONTEXT_LENGTH|lms load)/, 'commands'],
  [/doctor\/checks\.ts$/, /^\{\} \{\}\{\}$/, 'a line of parts'],
  [/resolveCuda\.ts$|sample\b|loadModel\.ts$/, /^\n|^def |threads$|^, reads/, 'code and the log'],
  [/./, /^(?:Basic|Bearer) \{\}$|^text\/event-stream|^GET \{\}/, 'HTTP'],
  [/workspace\/journal\.ts$/, /interrupted/, 'the log'],
  [/local\/engine\.ts$/, /^(?:it finds no device|the processor)$/, 'the log'],
  [/engineClient\.ts$/, /^it ended with/, 'the log'],
  [/exportMarkdown\.ts$/, /^\{\} UTC$/, 'a time'],
];

/** Texts that a person would see, and that do not go through `t`. */
export function textsInCode(texts: readonly SourceText[]): string[] {
  return texts
    .filter(({ kind, text, call, file }) => {
      if (kind === 'template' || (kind === 'string' && unseenCalls.test(call ?? ''))) return false;
      // An error that is thrown is a bug, and its message for the log.
      if (file.startsWith('sidecar/') && call === 'arguments') return false;
      // The model reads what tools say; the card shows what they sum up.
      if (/^sidecar\/tools\//.test(file) && (call === 'summary' || call === 'reasons')) return looksLikeText(text);
      if (kind === 'jsx' ? !/\p{L}{2}/u.test(text) : !looksLikeText(text)) return false;
      return !allowed.some(([files, what]) => files.test(file) && what.test(text));
    })
    .map(({ file, line, call, text }) => `${file}:${line} ${call ?? 'JSX'}: ${text}`);
}

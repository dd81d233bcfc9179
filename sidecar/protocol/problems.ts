import { fill, type Holes, pluralForm, t } from './translate.ts';

/**
 * Everything that can go wrong for a person, once: title (six words at most), one sentence (what happened, what is safe)
 * and the buttons. `{x}` is filled from the parameters. The terminal prints "title: sentence"; the panel draws a card;
 * elsewhere it is a notification. @texts
 */
const table = {
  noModel: [
    'No model yet',
    'Choose one that runs on this computer, or a server.',
    'Choose Model',
    'Use Starter (1.1 GB)',
  ],
  engineDidNotStart: [
    'The engine did not start',
    'It ended with code {code} before it was ready.',
    'Restart',
    'Show Log',
  ],
  engineUnsupported: [
    'This computer cannot run models',
    '{reason} A server can be used instead.',
    'Use a Server...',
    'Show Log',
  ],
  engineRestarted: [
    'The engine was restarted',
    'It stopped unexpectedly; conversation and staged changes are safe.',
    'Show Log',
    'Restart',
  ],
  engineKeepsStopping: [
    'The engine keeps stopping',
    'It stopped {n} times in {m} min and is now off.',
    'Restart',
    'Show Log',
  ],
  modelFileGone: ['Model file not found', '{file} was moved or deleted.', 'Locate File...', 'Choose Model'],
  modelFileIncomplete: ['Model file is incomplete', '{file} has {have} of {want}.', 'Resume Download', 'Remove File'],
  modelFileDamaged: [
    'Model file is damaged',
    'Its checksum is not the published one, so it was not loaded.',
    'Download Again',
    'Remove File',
  ],
  modelFileUnknown: [
    'This file cannot be loaded',
    '{file} is not a model this engine knows ({arch}).',
    'Choose Model',
    'Show Log',
  ],
  notEnoughMemory: [
    'Not enough memory',
    '{model} needs {need}; {free} is free.',
    'Choose Smaller Model',
    'Use a Server...',
  ],
  memoryTaken: [
    'Other programs hold the memory',
    '{model} needs {need} of {where}; {free} is free, and it would fit if they gave some back.',
    'Retry',
    'Choose Smaller Model',
    'Use a Server...',
  ],
  noCompletion: [
    'This model cannot complete code',
    '{model} was not trained to write between two texts.',
    'Choose Model',
    'Close',
  ],
  steppedDown: [
    'Loaded with a smaller context',
    'Memory allowed {ctx} tokens instead of {asked}.',
    'Show Hardware',
    'Close',
  ],
  fewerLayersOnGpu: [
    'Loaded with less on the GPU',
    'Its memory allowed {layers} layers instead of {asked}; answers take longer.',
    'Show Hardware',
    'Close',
  ],
  gpuFailed: ['Running on the CPU', 'The {backend} driver failed: {reason}.', 'Try GPU Again', 'Show Hardware'],
  chatTemplateReplaced: [
    'Chat template without tools',
    '{file} has none that knows tools: {format} is used, and answers may be poorer.',
    'Choose Model',
    'Close',
  ],
  checksumUnknown: [
    'No checksum to compare with',
    '{file} is all there, but nothing published is known of it.',
    'Choose Model',
    'Close',
  ],
  outputIsNoise: [
    'The output makes no sense',
    'The file may be damaged; the answer was stopped after {n} tokens.',
    'Verify File',
    'Switch Model',
  ],
  diskFull: [
    'Not enough disk space',
    '{need} needed in {folder}, {free} free; the download is kept.',
    'Resume',
    'Change Folder...',
  ],
  networkLost: [
    'No connection to {host}',
    'The download stands at {done} and can be resumed.',
    'Try Now',
    'Use a File...',
  ],
  downloadDamaged: [
    'The download is damaged',
    'The checksum of {what} is not the published one, so it was removed.',
    'Download Again',
    'Show Log',
  ],
  cudaNotHere: [
    'No CUDA engine for this computer',
    'It is made for Linux and Windows on x64 processors only.',
    'Close',
  ],
  cudaInUse: ['The CUDA engine is in use', '{why}; nothing was removed.', 'Close'],
  offline: ['Offline mode is on', '{action} needs the network.', 'Turn Off Offline Mode', 'Cancel'],
  tls: ['Certificate not trusted', '{host}: {reason}.', 'Open Proxy Settings', 'Show Log'],
  hubRefused: [
    'Access to {repo} is restricted',
    'Accept its licence on the hub and add a token.',
    'Add Token...',
    'Open Page',
  ],
  hubNotFound: ['Not found on the hub', '{what} does not exist there or is private.', 'Choose Model', 'Close'],
  hubFileChanged: [
    'The published file has changed',
    '{file} on the hub is not the one that was chosen; nothing was loaded.',
    'Download Again',
    'Choose Model',
  ],
  licenceNotAccepted: [
    'Licence not accepted yet',
    '{model} comes under the {licence}; read it and accept it first.',
    'Open Page',
    'Choose Model',
  ],
  serverUnreachable: ['Server not reachable', '{url} did not answer ({code}).', 'Retry', 'Switch Model'],
  serverKeyRefused: ['The server refused the key', '{url} answered {status}.', 'Set Key...', 'Check Server'],
  serverModelUnknown: ['Model not on this server', '{url} does not serve {model}.', 'Choose Model', 'Check Server'],
  serverNotModel: ['Not a model server', '{url} answered with a web page.', 'Edit Address...', 'Check Server'],
  serverGarbled: [
    'The answer cannot be read',
    '{url} sent {what}; what arrived before is kept.',
    'Retry',
    'Check Server',
  ],
  serverHeaderRefused: ['A header is not sent', '{server}: {header} {reason}.', 'Set Key...', 'Open Settings'],
  callUnreadable: [
    'The tool call was lost',
    '{url} could not read what the model called: {reason}.',
    'Retry',
    'Show Log',
  ],
  serverBusy: ['The server cannot answer now', 'Status {status}; tried {n} times.', 'Retry', 'Switch Model'],
  serverRefused: ['The server refused the request', '{url} answered {status}: {reason}.', 'Retry', 'Show Log'],
  serverNotApproved: [
    'Server not approved',
    'This workspace names {url}; nothing was sent. Add it to your own settings to use it.',
    'Open Settings',
    'Close',
  ],
  streamCut: [
    'The answer was cut off',
    'The connection ended after {n} tokens; what arrived is kept.',
    'Continue',
    'Retry',
  ],
  fileTooLarge: [
    'File too large for this model',
    '{file} has {n} tokens, {room} fit.',
    'Edit a Selection',
    'Switch Model',
  ],
  selectionTooLarge: [
    'Too many lines for this model',
    '{lines} of {file} have {n} tokens, about {room} fit.',
    'Switch Model',
    'Close',
  ],
  fileOverLimit: ['File too large', '{file} has {size}; the most is 50 MB.', 'Close'],
  notText: [
    'Not readable as text',
    '{file} is binary or not valid {encoding}; nothing was changed.',
    'Reopen with Encoding...',
    'Close',
  ],
  emptyFile: ['File is empty', 'Say what {file} should contain.', 'Fix with Instruction...', 'Close'],
  readOnly: ['File is read-only', '{file} cannot be written; the proposal can be read.', 'Show Proposal', 'Cancel'],
  untitled: [
    'Save the file first',
    '{file} is not on disk yet, so there is nothing to compare with.',
    'Save As...',
    'Close',
  ],
  unsupportedEditor: [
    'This editor cannot be fixed',
    '{file} is a notebook, a custom editor or on a virtual file system.',
    'Close',
  ],
  outsideWorkspace: ['Outside the workspace', '{path} is in no open folder.', 'Allow This File', 'Cancel'],
  contextRefused: ['Not added to the chat', '{what} {reason}.', 'Close'],
  codeNotPlaced: [
    'No place found for this code',
    'It is like no lines of {file}; nothing was changed.',
    'New File',
    'Insert at Cursor',
  ],
  untrusted: ['Workspace not trusted', 'Devstral answers, but edits and commands need trust.', 'Manage Trust', 'Close'],
  conflict: ['{file} changed meanwhile', '{n} of {m} changes touch lines you edited.', 'Resolve...', 'Retry'],
  fileDeleted: ['{file} was deleted meanwhile', 'The proposal is kept.', 'Open Proposal', 'Discard'],
  fileMissing: ['File not found', '{file} does not exist.', 'Close'],
  noChange: ['No change suggested', 'The model read {file} and proposes nothing.', 'Add Instruction...', 'Show Answer'],
  candidatesDropped: [
    'No usable change found',
    '{n} answers were checked, none could be used; {file} is as before.',
    'Add Instruction...',
    'Show Answer',
  ],
  answerCutShort: [
    'The answer was too long',
    'It ended after {n} tokens without being complete; {file} is as before.',
    'Edit a Selection',
    'Switch Model',
  ],
  oldTextNotFound: [
    'One change did not match',
    'Its text is not in {file}; {n} others are ready.',
    'Review Others',
    'Retry',
  ],
  applyRefused: [
    'Nothing was applied',
    'The edit of {file} was refused ({reason}); all files are as before.',
    'Retry',
    'Show Log',
  ],
  undoImpossible: ['Not undone', '{file} was changed since; nothing was touched.', 'Close'],
  alreadyRunning: ['A fix is already running', '{file} is next.', 'Show Progress', 'Cancel'],
  contextFull: [
    'The conversation is full',
    '{used} of {ctx} tokens are used.',
    'Condense',
    'New Session',
    'Switch Model',
  ],
  serverContextSmall: [
    'The server allows {ctx} tokens',
    'This request needs {need}.',
    'Copy Server Option',
    'Remove Context...',
  ],
  sessionInUse: [
    'Open in another window',
    'Process {pid} has this conversation open; it can be continued there.',
    'New Session',
    'Close',
  ],
  sessionUnreadable: ['This conversation cannot be read', '{reason}', 'New Session', 'Show Log'],
  internal: ['Something went wrong', '{reason}', 'Show Log', 'Close'],
} as const satisfies Record<string, readonly [title: string, sentence: string, ...actions: string[]]>;

export type ProblemCode = keyof typeof table;

/** One filled problem, as it goes over the protocol (`ProblemReport` in problemReport.ts is its schema). */
export interface ProblemReport {
  code: ProblemCode;
  title: string;
  sentence: string;
  /** Labels in English, by which they are known; shown through `t`. */
  actions: string[];
  /** For "Details": request, status, times. Never keys or prompts. */
  details?: string | undefined;
  /** What "Copy Server Option" copies. */
  copy?: string | undefined;
}

/** The sentences that count, for one. @texts */
const singular: Partial<Record<ProblemCode, string>> = {
  outputIsNoise: 'The file may be damaged; the answer was stopped after {n} token.',
  serverBusy: 'Status {status}; tried {n} time.',
  streamCut: 'The connection ended after {n} token; what arrived is kept.',
  candidatesDropped: '{n} answer was checked and could not be used; {file} is as before.',
  answerCutShort: 'It ended after {n} token without being complete; {file} is as before.',
  oldTextNotFound: 'Its text is not in {file}; {n} other is ready.',
};

type Params<C extends ProblemCode> = Record<Holes<(typeof table)[C][0]> | Holes<(typeof table)[C][1]>, string | number>;

/** Fills a problem's texts. A filled sentence is cut to 160 characters, and as many more as its translation is longer. */
export function problem<C extends ProblemCode>(code: C, params: Params<C>, details?: string): ProblemReport {
  const [title, many, ...actions] = table[code];
  const values = params as Record<string, string | number>;
  const one = typeof values.n === 'number' && pluralForm(values.n) === 'one' ? singular[code] : undefined;
  const sentence: string = one ?? many;
  const translated: string = t<string>(sentence);
  const longest = 160 + Math.max(0, translated.length - sentence.length);
  const filled = fill(translated, values);
  return {
    code,
    title: fill(t<string>(title), values),
    sentence: filled.length > longest ? `${filled.slice(0, longest - 1)}…` : filled,
    actions: [...actions],
    ...(details === undefined ? {} : { details }),
  };
}

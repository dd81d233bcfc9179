import { pathToFileURL } from 'node:url';
import { type ParsedAnswer, parseAnswer } from '../edits/fencedAnswer.ts';
import { keepFinalNewlines, toLf } from '../edits/lineEndings.ts';
import { looksPartial } from '../edits/looksPartial.ts';
import { replaceOldText } from '../edits/matchOldText.ts';
import type { Host } from '../host/host.ts';
import type { FileText } from '../protocol/text.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import type { Candidate, CandidateFile, DropReason, Judged } from './candidates.ts';
import { checkSyntax, sameButForLayout } from './syntaxCheck.ts';

export interface JudgeInput {
  uri: string;
  /** Path as the model was told. */
  path: string;
  languageId: string;
  base: FileText;
  /** With an instruction a change of comments only can be what was asked for. */
  instruction?: string | undefined;
  /** Whether the editor reports an error in the base. */
  baseHasErrors: boolean;
  roots: readonly string[];
  /** Text of a further file; null if there is none. */
  readOther(uri: string): Promise<FileText | null>;
  host: Pick<Host, 'newDiagnostics'>;
  signal: AbortSignal;
}

/** Turns one answer into a candidate, or says why it cannot be used. */
export async function judgeAnswer(answer: string, input: JudgeInput, whole = true): Promise<Judged> {
  const dropped = (reason: DropReason): Judged => ({ kind: 'dropped', reason, answer });
  const parsed = parseAnswer(answer);
  if (whole && parsed.files.some((file) => !file.closed)) return dropped('cutShort');

  const main = mainText(parsed, input);
  if (typeof main === 'string') return dropped(main);
  const files: CandidateFile[] = [];
  if (main.text !== toLf(input.base.text)) {
    files.push({ uri: input.uri, operation: 'edit', base: input.base, text: main.text });
  }
  for (const other of parsed.files) {
    if (other.path === null || isMain(other.path, input.path)) continue;
    const place = await resolveInside([...input.roots], other.path);
    if (place.kind === 'outside') return dropped('outside');
    const uri = pathToFileURL(place.path).href;
    const base = await input.readOther(uri);
    if (base && toLf(base.text) === other.text) continue;
    files.push({ uri, operation: base ? 'edit' : 'create', base: base ?? absent(), text: other.text });
  }
  if (files.length === 0) return dropped('unchanged');
  const onlyMain = !input.instruction?.trim() && files.every((f) => f.operation === 'edit' && f.uri === input.uri);
  if (onlyMain && (await sameButForLayout(toLf(input.base.text), main.text, input.languageId)))
    return dropped('unchanged');
  return check(files, main.missed, parsed.prose, answer, input);
}

function mainText(parsed: ParsedAnswer, input: JudgeInput): { text: string; missed: number } | DropReason {
  const base = toLf(input.base.text);
  const mine = parsed.files.filter((file) => file.path === null || isMain(file.path, input.path));
  const longest = mine.reduce<(typeof mine)[number] | null>(
    (a, b) => (a && a.text.length >= b.text.length ? a : b),
    null,
  );
  const edits = parsed.edits.filter((edit) => edit.path === null || isMain(edit.path, input.path));
  if (edits.length > 0) {
    let text = base;
    let missed = 0;
    for (const edit of edits) {
      const result = replaceOldText(text, edit.oldString, edit.newString);
      if (result.kind === 'replaced') text = result.text;
      else if (result.kind !== 'noop') missed++;
    }
    if (missed === edits.length) return 'notMatched';
    return { text, missed };
  }
  if (!longest) return parsed.files.length > 0 ? { text: base, missed: 0 } : 'noFile';
  const text = keepFinalNewlines(base, longest.text);
  if (looksPartial(base, text)) return 'cutShort';
  return { text, missed: 0 };
}

async function check(
  files: CandidateFile[],
  missed: number,
  prose: string,
  answer: string,
  input: JudgeInput,
): Promise<Judged> {
  const shapes: string[] = [];
  for (const file of files) {
    const isMainFile = file.uri === input.uri;
    const language = isMainFile ? input.languageId : file.uri;
    const after = await checkSyntax(language, file.text);
    shapes.push(`${file.uri}\u0000${after?.tokens ?? file.text.replace(/\s+/g, ' ')}`);
    if (!after || after.errors === 0) continue;
    const before = await checkSyntax(language, toLf(file.base.text));
    // A grammar can lag behind its language: equal errors are held against the answer only where the editor sees errors too.
    const worse = after.errors > (before?.errors ?? 0);
    const unmended = isMainFile && input.baseHasErrors && after.errors >= (before?.errors ?? 0);
    if (worse || unmended) return { kind: 'dropped', reason: 'doesNotParse', answer };
  }
  const main = files.find((file) => file.uri === input.uri);
  if (main) {
    const params = { uri: input.uri, languageId: input.languageId, base: toLf(input.base.text), candidate: main.text };
    const added = await input.host.newDiagnostics(params, input.signal);
    if (added && added.length > 0) return { kind: 'dropped', reason: 'addsProblems', answer };
  }
  const candidate: Candidate = { files, prose, answer, missed, fingerprint: shapes.join('\u0001') };
  return { kind: 'usable', candidate };
}

function isMain(path: string, mainPath: string): boolean {
  const clean = path.replaceAll('\\', '/').replace(/^\.\//, '');
  return clean === mainPath || mainPath.endsWith(`/${clean}`) || clean.endsWith(`/${mainPath}`);
}

function absent(): FileText {
  return { text: '', eol: '\n', mixedEol: false, bom: false, encoding: 'utf8', revision: { kind: 'absent' } };
}

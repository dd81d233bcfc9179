import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { createReviewSaves, type ReviewSaves } from './reviewSaves.ts';

export const baseScheme = 'devstral-base';
export const reviewScheme = 'devstral-review';

/** The two sides of one file under review. */
export interface ReviewUris {
  base: vscode.Uri;
  review: vscode.Uri;
}

/**
 * Both sides of every review: left the text as the model saw it, read-only, right the proposal, writable. The right side is
 * a file system because VS Code lets a person type in it and shows its own revert button in the gutter; it is never the live file.
 */
export interface ReviewDocuments extends vscode.Disposable {
  add(changeSetId: string, path: string, base: string, proposed: string): ReviewUris;
  /** A text to compare with, read-only. */
  addBase(id: string, path: string, text: string): vscode.Uri;
  removeBase(uri: vscode.Uri): void;
  /** The left side follows the file. */
  setBase(uris: ReviewUris, base: string): void;
  remove(uris: ReviewUris): void;
  /**
   * Puts another text on the right, as a file that changed on disk; while it is `written` nobody can type there. Where no
   * tab shows it this is the only way: an edit would leave it unsaved, and VS Code opens what is.
   */
  write(uris: ReviewUris, text: string, state: 'written' | 'whole'): Promise<void>;
  readonly saves: Pick<ReviewSaves, 'save' | 'ended'>;
}

interface Entry {
  bytes: Uint8Array;
  changedAt: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** With a byte order mark: VS Code then reads UTF-8 whatever `files.encoding` says, and writes it again. */
const bytesOf = (text: string) => encoder.encode(`\uFEFF${text}`);

const keyOf = (uri: vscode.Uri) => `${uri.authority}${uri.path}`;

export function createReviewDocuments(): ReviewDocuments {
  const bases = new Map<string, string>();
  const proposals = new Map<string, Entry>();
  /** Right sides that are still written. */
  const locked = new Set<string>();
  /** Right sides that VS Code has asked about, and then read, since they were last written. */
  const looked = new Map<string, 'asked' | 'read'>();
  const changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  const baseMoved = new vscode.EventEmitter<vscode.Uri>();
  let clock = Date.now();

  const entry = (uri: vscode.Uri): Entry => {
    const found = proposals.get(keyOf(uri));
    if (!found) throw vscode.FileSystemError.FileNotFound(uri);
    return found;
  };
  const put = (uri: vscode.Uri, bytes: Uint8Array) => {
    // Two writes within a millisecond must not look like one to VS Code's own check for changes on disk.
    clock = Math.max(Date.now(), clock + 1);
    proposals.set(keyOf(uri), { bytes, changedAt: clock });
  };

  const refuse = (): never => {
    throw vscode.FileSystemError.NoPermissions(t('A review has these files only'));
  };
  const files: vscode.FileSystemProvider = {
    onDidChangeFile: changed.event,
    watch: () => new vscode.Disposable(() => undefined),
    stat(uri) {
      const { bytes, changedAt } = entry(uri);
      if (!looked.has(keyOf(uri))) looked.set(keyOf(uri), 'asked');
      const permissions = locked.has(keyOf(uri)) ? { permissions: vscode.FilePermission.Readonly } : {};
      return { type: vscode.FileType.File, ctime: 0, mtime: changedAt, size: bytes.length, ...permissions };
    },
    readFile(uri) {
      if (looked.has(keyOf(uri))) looked.set(keyOf(uri), 'read');
      return entry(uri).bytes;
    },
    writeFile(uri, content) {
      put(uri, bytesOf(saves.written(uri, decoder.decode(content))));
    },
    readDirectory: () => [],
    createDirectory: refuse,
    delete: refuse,
    rename: refuse,
  };

  const saves = createReviewSaves({
    isReview: (document) => document.uri.scheme === reviewScheme,
    has: (uri) => proposals.has(keyOf(uri)),
    serve(uri, text) {
      put(uri, bytesOf(text));
      changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    },
  });
  const registrations = vscode.Disposable.from(
    changed,
    baseMoved,
    saves,
    vscode.workspace.registerFileSystemProvider(reviewScheme, files, { isCaseSensitive: true }),
    vscode.workspace.registerTextDocumentContentProvider(baseScheme, {
      onDidChange: baseMoved.event,
      provideTextDocumentContent: (uri) => bases.get(keyOf(uri)) ?? '',
    }),
  );

  const addBase: ReviewDocuments['addBase'] = (id, path, text) => {
    const uri = uriOf(baseScheme, id, path);
    bases.set(keyOf(uri), text);
    return uri;
  };

  return {
    add(changeSetId, path, base, proposed) {
      const review = uriOf(reviewScheme, changeSetId, path);
      const bytes = bytesOf(proposed);
      const known = proposals.get(keyOf(review));
      if (!known || !sameBytes(known.bytes, bytes)) put(review, bytes);
      return { base: addBase(changeSetId, path, base), review };
    },
    addBase,
    removeBase: (uri) => void bases.delete(keyOf(uri)),
    setBase({ base }, text) {
      bases.set(keyOf(base), text);
      baseMoved.fire(base);
    },
    remove(uris) {
      bases.delete(keyOf(uris.base));
      proposals.delete(keyOf(uris.review));
      locked.delete(keyOf(uris.review));
      looked.delete(keyOf(uris.review));
    },
    async write({ review }, text, state) {
      const key = keyOf(review);
      if (state === 'written') locked.add(key);
      else locked.delete(key);
      // VS Code learns that it may be typed in when it asks, and then reads: a read for which it asked before, even with
      // the same text, leaves it locked.
      looked.delete(key);
      const isShown = () => {
        const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === review.toString());
        // Somebody types already: telling once more would take that away when it is saved.
        if (!open || (state === 'whole' && open.isDirty)) return true;
        return open.getText() === text && looked.get(key) === 'read';
      };
      // VS Code leaves out a change that it hears of while it reads.
      for (let told = 0; told < 20 && proposals.has(key); told++) {
        put(review, bytesOf(text));
        changed.fire([{ type: vscode.FileChangeType.Changed, uri: review }]);
        if (await becomesTrue(isShown, 100 * (told + 1))) return;
      }
    },
    saves,
    dispose: () => registrations.dispose(),
  };
}

/** Waits until something is so; false after `ms`. */
async function becomesTrue(isSo: () => boolean, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; !isSo(); ) {
    if (Date.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return true;
}

const uriOf = (scheme: string, authority: string, path: string) =>
  vscode.Uri.from({ scheme, authority, path: path.startsWith('/') ? path : `/${path}` });

const sameBytes = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

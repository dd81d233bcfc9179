import * as vscode from 'vscode';
import type { OpenReviews } from './openReviews.ts';

const pauseMs = 300;

/** Keeps reviews in step with what the person types in the files themselves, once they pause. */
export function followSources(reviews: OpenReviews, failed: (error: unknown) => void): vscode.Disposable {
  const timers = new Map<string, NodeJS.Timeout>();

  function later(uri: string): void {
    clearTimeout(timers.get(uri));
    const follow = () => {
      timers.delete(uri);
      for (const at of reviews.all().filter(({ session }) => isAbout(session, uri))) {
        reviews.inTurn(at, () => at.session.follow()).catch(failed);
      }
    };
    timers.set(uri, setTimeout(follow, pauseMs));
  }

  const subscription = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length === 0) return;
    const uri = document.uri.toString();
    if (reviews.all().some(({ session }) => isAbout(session, uri))) later(uri);
  });
  return new vscode.Disposable(() => {
    subscription.dispose();
    for (const timer of timers.values()) clearTimeout(timer);
  });
}

const isAbout = ({ changeSet }: { changeSet: { files: readonly { uri: string }[] } }, uri: string) =>
  changeSet.files.some((file) => vscode.Uri.parse(file.uri).toString() === uri);

import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { OpenReviews } from './openReviews.ts';
import { reviewScheme } from './reviewDocuments.ts';

/** Accept and Reject above each change, for those who have `diffEditor.codeLens` on; it is off by default. */
export function registerReviewLenses(reviews: OpenReviews): vscode.Disposable {
  const provideCodeLenses = ({ uri }: vscode.TextDocument) => {
    const hunks =
      reviews
        .all()
        .find(({ session }) => session.owns(uri))
        ?.session.hunksIn(uri) ?? [];
    return hunks.flatMap(({ proposedStart, state }) => {
      const at = new vscode.Range(proposedStart, 0, proposedStart, 0);
      const lens = (title: string, name: string) => {
        const command = `devstral.review.${name}`;
        return new vscode.CodeLens(at, { title, command, arguments: [{ uri, lineNumber: proposedStart + 1 }] });
      };
      const reject = lens(t('Reject'), 'rejectChange');
      return state === 'accepted' ? [reject] : [lens(t('Accept'), 'acceptChange'), reject];
    });
  };
  return vscode.languages.registerCodeLensProvider(
    { scheme: reviewScheme },
    { provideCodeLenses, onDidChangeCodeLenses: reviews.onDidChange },
  );
}

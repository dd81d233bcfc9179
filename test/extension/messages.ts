import * as vscode from 'vscode';

export interface Messages {
  /** Texts of all notifications since `record`, those with progress too. */
  texts: string[];
  /** Answers the next notification whose text matches with a button; else it is dismissed. */
  answer(pattern: RegExp, button: string): void;
  /** Presses Cancel on the running progress whose title matches. Answers whether there was one. */
  cancel(title: RegExp): boolean;
  restore(): void;
}

type Show = typeof vscode.window.showWarningMessage;

/** Takes the place of VS Code's notifications: notes what is shown and answers as told. Dialogs and pickers stay real. */
export function recordMessages(): Messages {
  const { showWarningMessage, showInformationMessage, showErrorMessage, withProgress } = vscode.window;
  const texts: string[] = [];
  const answers: { pattern: RegExp; button: string }[] = [];
  const running: { title: string; cancel: vscode.CancellationTokenSource }[] = [];
  const show = (async (text: string, ...rest: unknown[]) => {
    texts.push(text);
    const index = answers.findIndex(({ pattern }) => pattern.test(text));
    if (index < 0) return undefined;
    const [taken] = answers.splice(index, 1);
    if (!rest.includes(taken?.button)) throw new Error(`"${text}" has no button ${taken?.button}: ${rest.join(', ')}`);
    return taken?.button;
  }) as Show;
  Object.assign(vscode.window, { showWarningMessage: show, showInformationMessage: show, showErrorMessage: show });
  vscode.window.withProgress = async (options, task) => {
    const cancel = new vscode.CancellationTokenSource();
    const own = { title: options.title ?? '', cancel };
    texts.push(own.title);
    running.push(own);
    try {
      return await task({ report: () => undefined }, cancel.token);
    } finally {
      running.splice(running.indexOf(own), 1);
    }
  };
  return {
    texts,
    answer: (pattern, button) => void answers.push({ pattern, button }),
    cancel(title) {
      const found = running.find((each) => title.test(each.title));
      found?.cancel.cancel();
      return found !== undefined;
    },
    restore: () =>
      void Object.assign(vscode.window, { showWarningMessage, showInformationMessage, showErrorMessage, withProgress }),
  };
}

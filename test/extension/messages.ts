import * as vscode from 'vscode';

export interface Messages {
  /** Texts of all notifications since the last reset, those with progress too. */
  texts: string[];
  /** Items of quick picks that were taken. */
  taken: vscode.QuickPickItem[];
  /** Answers the next notification whose text matches with a button; else it is dismissed. */
  answer(pattern: RegExp, button: string): void;
  /** Takes an item of the next quick pick by its label; without it the person leaves. */
  pick(label: string): void;
  /** What is typed into the next input box; without it the person leaves. */
  type(text: string): void;
  /** Presses Cancel on the running progress whose title matches. Answers whether there was one. */
  cancel(title: RegExp): boolean;
  restore(): void;
}

/** Takes the place of VS Code's notifications and pickers: notes what is shown and answers as told. */
export function recordMessages(): Messages {
  const { window } = vscode;
  const before = {
    showWarningMessage: window.showWarningMessage,
    showInformationMessage: window.showInformationMessage,
    showErrorMessage: window.showErrorMessage,
    showQuickPick: window.showQuickPick,
    showInputBox: window.showInputBox,
    withProgress: window.withProgress,
  };
  const texts: string[] = [];
  const taken: vscode.QuickPickItem[] = [];
  const answers: { pattern: RegExp; button: string }[] = [];
  const picks: string[] = [];
  const inputs: string[] = [];
  const running: { title: string; cancel: vscode.CancellationTokenSource }[] = [];

  const show = async (text: string, ...buttons: unknown[]) => {
    texts.push(text);
    const index = answers.findIndex(({ pattern }) => pattern.test(text));
    if (index < 0) return undefined;
    const [taken] = answers.splice(index, 1);
    if (buttons.includes(taken?.button)) return taken?.button;
    throw new Error(`"${text}" has no button ${taken?.button}: ${buttons.join(', ')}`);
  };
  const showQuickPick = async (items: readonly vscode.QuickPickItem[], options?: vscode.QuickPickOptions) => {
    texts.push(options?.title ?? '');
    const label = picks.shift();
    const item = items.find((each) => each.label === label);
    if (item) taken.push(item);
    return item;
  };
  const showInputBox = async (options?: vscode.InputBoxOptions) => {
    texts.push(options?.title ?? '');
    return inputs.shift();
  };
  const withProgress: typeof window.withProgress = async (options, task) => {
    const own = { title: options.title ?? '', cancel: new vscode.CancellationTokenSource() };
    texts.push(own.title);
    running.push(own);
    try {
      return await task({ report: () => undefined }, own.cancel.token);
    } finally {
      running.splice(running.indexOf(own), 1);
    }
  };
  Object.assign(window, {
    showWarningMessage: show,
    showInformationMessage: show,
    showErrorMessage: show,
    showQuickPick,
    showInputBox,
    withProgress,
  });
  return {
    texts,
    taken,
    answer: (pattern, button) => void answers.push({ pattern, button }),
    pick: (label) => void picks.push(label),
    type: (text) => void inputs.push(text),
    cancel(title) {
      const found = running.find((each) => title.test(each.title));
      found?.cancel.cancel();
      return found !== undefined;
    },
    restore: () => void Object.assign(window, before),
  };
}

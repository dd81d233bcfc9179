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
  /** What the input boxes since the last reset asked for. */
  asked: vscode.InputBoxOptions[];
  /** Presses Cancel on the running progress whose title matches. Answers whether there was one. */
  cancel(title: RegExp): boolean;
  /** Messages of all progress since the last reset. */
  reports: string[];
  /** The quick pick that was opened last with buttons of its own (`createQuickPick`); it is really shown. */
  list(): ShownList;
  restore(): void;
}

export interface ShownList {
  title(): string;
  items(): readonly vscode.QuickPickItem[];
  /** Takes the item whose label matches. */
  accept(label: RegExp): void;
  /** Presses a button of the item whose label matches, by its tooltip. */
  press(label: RegExp, tooltip: string): void;
  hide(): void;
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
    createQuickPick: window.createQuickPick,
  };
  const texts: string[] = [];
  const taken: vscode.QuickPickItem[] = [];
  const answers: { pattern: RegExp; button: string }[] = [];
  const picks: string[] = [];
  const inputs: string[] = [];
  const asked: vscode.InputBoxOptions[] = [];
  const reports: string[] = [];
  const lists: ShownList[] = [];
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
    asked.push(options ?? {});
    return inputs.shift();
  };
  const withProgress: typeof window.withProgress = async (options, task) => {
    const own = { title: options.title ?? '', cancel: new vscode.CancellationTokenSource() };
    texts.push(own.title);
    running.push(own);
    try {
      return await task({ report: ({ message }) => void (message && reports.push(message)) }, own.cancel.token);
    } finally {
      running.splice(running.indexOf(own), 1);
    }
  };
  const createQuickPick = () => {
    const { pick, shown } = driven(before.createQuickPick());
    lists.push(shown);
    return pick;
  };
  Object.assign(window, {
    createQuickPick,
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
    asked,
    reports,
    list() {
      const last = lists.at(-1);
      if (!last) throw new Error('no list was opened');
      return last;
    },
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

/** A real quick pick whose items and buttons a test can take: VS Code has no command for a button. */
function driven(pick: vscode.QuickPick<vscode.QuickPickItem>) {
  const accepted = new Set<() => unknown>();
  const pressed = new Set<(event: vscode.QuickPickItemButtonEvent<vscode.QuickPickItem>) => unknown>();
  let selected: vscode.QuickPickItem[] | undefined;
  const proxy = new Proxy(pick, {
    get(target, name) {
      if (name === 'selectedItems' && selected) return selected;
      if (name === 'onDidAccept') return (listener: () => unknown) => accepted.add(listener);
      if (name === 'onDidTriggerItemButton') return (listener: () => unknown) => pressed.add(listener);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, name, value) => Reflect.set(target, name, value, target),
  });
  const find = (label: RegExp) => {
    const item = pick.items.find((each) => label.test(each.label));
    if (!item) throw new Error(`no item is ${label}: ${pick.items.map((each) => each.label).join(', ')}`);
    return item;
  };
  const shown: ShownList = {
    title: () => pick.title ?? '',
    items: () => pick.items,
    accept(label) {
      selected = [find(label)];
      for (const listener of accepted) listener();
    },
    press(label, tooltip) {
      const item = find(label);
      const button = item.buttons?.find((each) => each.tooltip === tooltip);
      if (!button) throw new Error(`${item.label} has no ${tooltip}: ${item.buttons?.map((each) => each.tooltip)}`);
      for (const listener of pressed) listener({ item, button });
    },
    hide: () => pick.hide(),
  };
  return { pick: proxy, shown };
}

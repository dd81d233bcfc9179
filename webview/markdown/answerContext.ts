import { createContext } from 'preact';

/** What an answer's links and code blocks can ask for, and whether they are in the tab order now. */
export interface AnswerActions {
  openLink(href: string): void;
  copy(text: string): void;
  insert(text: string): void;
  /** Reads a signal: components that call it while drawing follow it. */
  tabIndex(): number;
}

export const AnswerContext = createContext<AnswerActions>({
  openLink() {},
  copy() {},
  insert() {},
  tabIndex: () => 0,
});

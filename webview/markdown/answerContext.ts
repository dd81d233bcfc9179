import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

/** What an answer's links and code blocks can ask for, and whether they are in the tab order now. */
export interface AnswerActions {
  openLink(href: string): void;
  copy(text: string): void;
  insert(text: string): void;
  /** Shows code as a proposed change. */
  apply(text: string, language: string, path: string | undefined): void;
  newFile(text: string, language: string): void;
  /** Reads a signal: components that call it while drawing follow it. */
  tabIndex(): number;
}

export const AnswerContext = createContext<AnswerActions>({
  openLink() {},
  copy() {},
  insert() {},
  apply() {},
  newFile() {},
  tabIndex: () => 0,
});

/** Whether a control inside of an article is in the tab order: 0 or -1. */
export const useTabIndex = () => useContext(AnswerContext).tabIndex();

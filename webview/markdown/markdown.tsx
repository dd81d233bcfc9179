import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { type AnswerActions, AnswerContext } from './answerContext.ts';
import { type AnswerView, createAnswerView } from './answerView.ts';
import { codeAround, toggleFold } from './codeBlock.ts';

/** An answer in markdown. Its elements are the view's own: of a long one Preact would keep everything twice. */
export function Markdown({ source, complete }: { source: string; complete: boolean }) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<AnswerView>(undefined);
  const actions = useContext(AnswerContext);
  const tabIndex = actions.tabIndex();
  useLayoutEffect(() => {
    if (!host.current) return;
    view.current ??= createAnswerView(host.current);
    view.current.setTabIndex(tabIndex);
    view.current.update(source, complete);
  }, [source, complete, tabIndex]);
  useLayoutEffect(() => {
    const click = (event: MouseEvent) => onClick(event, actions);
    host.current?.addEventListener('click', click);
    return () => host.current?.removeEventListener('click', click);
  }, [actions]);
  useLayoutEffect(() => () => view.current?.end(), []);
  return <div class="markdown" ref={host} />;
}

/** One listener for all links and buttons of an answer. */
function onClick(event: MouseEvent, actions: AnswerActions): void {
  const target = event.target instanceof Element ? event.target.closest('a, button') : null;
  if (target instanceof HTMLAnchorElement) {
    event.preventDefault();
    actions.openLink(target.getAttribute('href') ?? '');
    return;
  }
  const code = target && codeAround(target);
  if (!code) return;
  const does = (name: string) => target.classList.contains(name);
  if (does('code-fold')) toggleFold(code.figure);
  else if (does('code-copy')) actions.copy(code.code);
  else if (does('code-insert')) actions.insert(code.code);
  else if (does('code-apply')) actions.apply(code.code, code.language, code.path);
  else if (does('code-new-file')) actions.newFile(code.code, code.language);
}

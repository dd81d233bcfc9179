import { forget, inSlices } from '../slices.ts';
import { colourCode, takeOverCode } from './codeBlock.ts';
import { drawBlock } from './drawBlock.ts';
import { element, takeOver } from './elements.ts';
import { type Block, createBlockReader } from './parser.ts';

/** The elements of one answer, which follow its text. */
export interface AnswerView {
  /** Shows a text; `complete`: nothing more comes. What is long is drawn in the next frames. */
  update(text: string, complete: boolean): void;
  /** Of all that can have the focus. */
  setTabIndex(tabIndex: number): void;
  end(): void;
}

/**
 * Blocks of a group, and groups of a chapter. What is out of sight is neither laid out nor painted, group by group, and the
 * groups of a chapter out of sight cost nothing at all.
 */
const partSize = 8;
/** Characters that are read and drawn in one go. */
const slice = 1000;
/** Characters of all answers together that are drawn as soon as they come; the rest is drawn in the next frames. */
const drawnAtOnce = 2000;
/** A last block that is slow to draw is drawn again after this many times its own time. */
const pause = 4;

const focusable = 'a, button, pre, .table-scroll';

let left = drawnAtOnce;

function take(characters: number): boolean {
  if (left <= 0) return false;
  if (left === drawnAtOnce) {
    setTimeout(() => {
      left = drawnAtOnce;
    });
  }
  left -= characters;
  return true;
}

/**
 * Draws an answer into `host`. What is settled is drawn once and never looked at again; the last block is brought to where
 * the text stands, so that its elements, and what is selected in them, stay.
 */
export function createAnswerView(host: HTMLElement): AnswerView {
  let text = '';
  let complete = false;
  let tabIndex = -1;
  let reader = createBlockReader();
  /** The elements of what is not settled, and how much of the text they show. */
  let open: HTMLElement[] = [];
  let openLength = 0;
  let finished = false;
  let openMs = 0;
  let openAt = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  /** Elements of a first drawing, while they are compared with those of a second that knows all references. */
  let compared: HTMLElement[] | undefined;
  /** Groups that can be seen and may have code without colours. */
  const inSight = new Set<Element>();

  function reset(): void {
    host.replaceChildren();
    inSight.clear();
    reader = createBlockReader();
    compared = undefined;
    open = [];
    openLength = 0;
    finished = false;
  }

  function append(block: HTMLElement): void {
    const chapter = lastWithRoom(host, 'chapter');
    lastWithRoom(chapter, 'blocks').append(block);
  }

  /** Puts blocks at the end, where possible with the elements of what was open there; answers their elements. */
  function place(blocks: readonly Block[], settled: boolean, coloured: boolean): HTMLElement[] {
    return blocks.map((block) => {
      const fresh = drawBlock(block, { settled, coloured, tabIndex });
      const before = compared ? compared.shift() : open.shift();
      if (!before) append(fresh);
      else if (compared) differs(before, fresh) && before.replaceWith(fresh);
      else takeOver(before, fresh, takeOverCode);
      return before?.isConnected ? before : fresh;
    });
  }

  /** Reads and draws on; false if all is drawn. */
  function drawOn(coloured: boolean): boolean {
    if (reader.length() < text.length) {
      place(reader.read(text.slice(0, reader.length() + slice)), true, coloured);
      return true;
    }
    if (finished || (!complete && openLength === text.length)) return false;
    const wait = openAt + openMs * pause - performance.now();
    if (!complete && wait > 0) {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        inSlices(later);
      }, wait);
      return false;
    }
    const started = performance.now();
    const drawn = place(reader.open(), complete, coloured);
    for (const surplus of compared ?? open) surplus.remove();
    open = complete ? [] : drawn;
    openLength = text.length;
    finished = complete;
    openAt = performance.now();
    openMs = openAt - started;
    if (complete && !compared) readAgain();
    else if (complete) compared = undefined;
    return !finished;
  }

  /** Links may stand before the address that they refer to: then all is read once more. */
  function readAgain(): void {
    const references = text.includes(']:') ? reader.references() : {};
    if (Object.keys(references).length === 0) return;
    compared = [...host.querySelectorAll<HTMLElement>('.block')];
    reader = createBlockReader(references);
    finished = false;
  }

  const later = () => {
    if (drawOn(false)) return true;
    // Group by group: a screenful of code would take longer than a frame.
    for (const group of inSight) {
      inSight.delete(group);
      colourIn(group);
      return true;
    }
    const last = host.lastElementChild?.lastElementChild;
    if (last) colourIn(last);
    return false;
  };

  // Code is coloured when it comes into sight, and not while more is drawn that moves it out again.
  const onVisibility = (event: Event) => {
    const { target } = event;
    if (!(target instanceof Element) || !target.classList.contains('blocks') || !('skipped' in event)) return;
    if (event.skipped) inSight.delete(target);
    else inSight.add(target);
    inSlices(later);
  };
  host.addEventListener('contentvisibilityautostatechange', onVisibility);

  return {
    update(source, isComplete) {
      const next = normal(source);
      if (!next.startsWith(text)) reset();
      if (next === text && isComplete === complete) return;
      if (complete && !isComplete) reset();
      text = next;
      complete = isComplete;
      // What has fallen behind stays so until there is time for it.
      const behind = text.length - reader.length();
      while (behind <= drawnAtOnce && take(1 + Math.min(slice, behind))) if (!drawOn(true)) return;
      inSlices(later);
    },
    setTabIndex(next) {
      if (next === tabIndex) return;
      tabIndex = next;
      for (const each of host.querySelectorAll(focusable)) each.setAttribute('tabindex', String(next));
    },
    end() {
      clearTimeout(waiting);
      forget(later);
    },
  };
}

/** The last part of `parent`, or a new one if that is full; what is past may be left out while it is out of sight. */
function lastWithRoom(parent: Element, name: string): Element {
  const last = parent.lastElementChild;
  if (last && (last.childElementCount < partSize || !isFull(last.lastElementChild))) return last;
  last?.classList.add('past');
  const next = element('div', { class: name });
  parent.append(next);
  return next;
}

const isFull = (part: Element | null) => !part?.classList.contains('blocks') || part.childElementCount >= partSize;

function colourIn(group: Element): void {
  for (const figure of group.querySelectorAll('.code-block')) colourCode(figure);
}

/** Whether a block reads differently now; the code in it cannot. */
function differs(before: HTMLElement, fresh: HTMLElement): boolean {
  const links = (block: HTMLElement) => [...block.querySelectorAll('a')].map((link) => link.outerHTML).join('');
  return links(before) !== links(fresh) || before.textContent !== fresh.textContent;
}

/** Lines end with "\n" alone, as the parser would have them. */
const normal = (text: string) => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

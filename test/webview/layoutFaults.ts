import type { Page } from 'playwright-core';

/** What stands out to the side, and controls that something cuts off. Only code and tables may scroll sideways. */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const name = (element: Element) => {
      const label = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
      return `${element.tagName.toLowerCase()}.${element.className} "${label.slice(0, 40)}"`;
    };
    const mayScroll = (element: Element) => element.closest('pre, .table-scroll, table') !== null;
    for (const element of document.querySelectorAll('body, body *')) {
      const { overflowX } = getComputedStyle(element);
      const excess = element.scrollWidth - element.clientWidth;
      if (
        excess > 1 &&
        (overflowX === 'auto' || overflowX === 'scroll' || element === document.body) &&
        !mayScroll(element)
      )
        faults.push(`${name(element)}: ${excess} px too wide`);
    }
    for (const control of document.querySelectorAll('button, input, textarea, select, summary, a[href]')) {
      const rect = control.getBoundingClientRect();
      if (rect.width === 0 || mayScroll(control) || control.closest('.visually-hidden')) continue;
      for (let around = control.parentElement; around; around = around.parentElement) {
        if (getComputedStyle(around).overflowX === 'visible' && around !== document.body) continue;
        const edge = around.getBoundingClientRect();
        if (rect.left < edge.left - 1 || rect.right > edge.right + 1) {
          faults.push(`${name(control)}: cut off by ${name(around)}`);
          break;
        }
      }
      const { overflowX, textOverflow } = getComputedStyle(control);
      if (overflowX === 'hidden' && textOverflow !== 'ellipsis' && control.scrollWidth > control.clientWidth + 1)
        faults.push(`${name(control)}: its text is cut off`);
    }
    return faults;
  });
}

/** What moves by itself, or would when it changes. */
export function motionFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults = document.getAnimations().map((animation) => `moves: ${(animation as CSSAnimation).animationName}`);
    for (const element of document.querySelectorAll('body *')) {
      const { transitionDuration, scrollBehavior } = getComputedStyle(element);
      const slow = transitionDuration.split(',').some((each) => Number.parseFloat(each) > 0);
      if (slow || scrollBehavior === 'smooth')
        faults.push(`${element.className}: ${transitionDuration} ${scrollBehavior}`);
    }
    return faults;
  });
}

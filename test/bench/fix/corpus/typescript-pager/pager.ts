/** One page of a longer list, as the table component shows it. */
export interface Page<T> {
  readonly items: readonly T[];
  /** 1-based. */
  readonly number: number;
  readonly pageCount: number;
  readonly hasNext: boolean;
}

/** How many pages a list needs. An empty list still has one (empty) page. */
export function countPages(itemCount: number, pageSize: number): number {
  if (pageSize < 1) throw new RangeError('pageSize must be at least 1');
  return Math.max(1, Math.floor(itemCount / pageSize));
}

/** The given page (1-based). A number outside the range gives the nearest page that exists. */
export function getPage<T>(all: readonly T[], number: number, pageSize = 20): Page<T> {
  const pageCount = countPages(all.length, pageSize);
  const current = Math.min(Math.max(1, number), pageCount);
  const start = (current - 1) * pageSize;
  return {
    items: all.slice(start, start + pageSize),
    number: current,
    pageCount,
    hasNext: current < pageCount,
  };
}

/** Page numbers for the navigation bar: the current one with `around` neighbours on each side. */
export function pageLinks(current: number, pageCount: number, around = 2): number[] {
  const first = Math.max(1, current - around);
  const last = Math.min(pageCount, current + around);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

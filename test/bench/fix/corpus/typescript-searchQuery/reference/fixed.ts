/** The search page's state, kept in the address bar so that a result can be linked to. */
export interface SearchQuery {
  text: string;
  tags: string[];
  /** Results per page, 1 to 100. */
  limit: number;
  sort: 'relevance' | 'newest';
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** A number from the address bar; anything that is not a whole number above zero gives the default. */
function parseLimit(raw: string | null): number {
  const value = Number(raw);
  if (!Number.isInteger(value) || value < 1) return DEFAULT_LIMIT;
  return Math.min(value, MAX_LIMIT);
}

/** Read a query from the part of the address after the question mark. */
export function parseQuery(search: string): SearchQuery {
  const params = new URLSearchParams(search);
  return {
    text: (params.get('q') ?? '').trim(),
    tags: params.getAll('tag').filter((tag) => tag !== ''),
    limit: parseLimit(params.get('limit')),
    sort: params.get('sort') === 'newest' ? 'newest' : 'relevance',
  };
}

/** The shortest address for a query: what has its default value is left out. */
export function formatQuery(query: SearchQuery): string {
  const params = new URLSearchParams();
  if (query.text !== '') params.set('q', query.text);
  for (const tag of query.tags) params.append('tag', tag);
  if (query.limit !== DEFAULT_LIMIT) params.set('limit', String(query.limit));
  if (query.sort !== 'relevance') params.set('sort', query.sort);
  return params.toString();
}

import type { BranchPoint } from '../protocol/sessionEvents.ts';

/** Where a branch begins: a session, and the number of its events that the branch has in common with it. */
export interface BranchOrigin {
  id: string;
  events: number;
}

/** A session as far as branches go; `branchOf` is only there where it was made by editing a prompt. */
export interface Branch {
  id: string;
  startedAt: number;
  changedAt: number;
  branchOf?: BranchOrigin;
}

interface Family {
  family: string;
  members: string[];
}

type OriginOf = (id: string) => BranchOrigin | undefined;

/** Where a session branches off, then where that one does, and so on. */
function* originsOf(originOf: OriginOf, id: string): Generator<BranchOrigin, void> {
  const seen = new Set([id]);
  for (let origin = originOf(id); origin && !seen.has(origin.id); origin = originOf(origin.id)) {
    seen.add(origin.id);
    yield origin;
  }
}

/** For each session the branches of its conversation, itself among them. `family`: the one they go back to, which may be gone. */
export function familiesOf(all: readonly Pick<Branch, 'id' | 'branchOf'>[]): Map<string, Family> {
  const origins = new Map(all.map(({ id, branchOf }) => [id, branchOf]));
  const families = new Map<string, Family>();
  return new Map(
    all.map(({ id }) => {
      const family = [...originsOf((of) => origins.get(of), id)].at(-1)?.id ?? id;
      const known = families.get(family) ?? { family, members: [] };
      families.set(family, known);
      known.members.push(id);
      return [id, known];
    }),
  );
}

/**
 * The same place for every branch that has it: a prompt in the part that a session has in common with its origin is the
 * origin's, and so is the one that was put in the place of the origin's. `prompts`: indexes of the session's messages.
 */
export function placeOf(originOf: OriginOf, prompts: readonly number[], { id, events }: BranchOrigin): BranchOrigin {
  let at = { id, events };
  for (const origin of originsOf(originOf, id)) {
    // The first message of its own may have a note before it; one that is still to come has no index.
    const own = prompts.find((index) => index >= origin.events) ?? Number.POSITIVE_INFINITY;
    if (at.events > own) return at;
    at = { id: origin.id, events: Math.min(at.events, origin.events) };
  }
  return at;
}

/**
 * The prompts of a session that have other versions, in order. The oldest way comes first, and each is gone by its session that
 * changed last. `next`: the index of the event that comes next. Pure.
 */
export function branchPoints(
  all: readonly Branch[],
  id: string,
  prompts: readonly number[],
  next: number,
): BranchPoint[] {
  const known = new Map(all.map((branch) => [branch.id, branch]));
  const originOf: OriginOf = (of) => known.get(of)?.branchOf;
  const own = originOf(id);
  // A branch in which nothing was sent yet: its first message comes next.
  const places = own && !prompts.some((index) => index >= own.events) ? [...prompts, own.events] : prompts;
  return places.flatMap((index, at) => {
    const place = placeOf(originOf, prompts, { id, events: index });
    const ways = waysAt(all, originOf, place);
    const current = ways.findIndex((way) => way.some((branch) => branch.id === id));
    if (ways.length < 2 || current < 0) return [];
    const sessions = ways.map((way, which) => (which === current ? id : newest(way).id));
    return [{ event: prompts[at] ?? next, current, sessions }];
  });
}

/** For each way in which the conversation goes on from a place, the sessions that go it. */
function waysAt(all: readonly Branch[], originOf: OriginOf, place: BranchOrigin): Branch[][] {
  const ways = new Map<string, Branch[]>();
  for (const branch of [...all].sort((a, b) => a.startedAt - b.startedAt)) {
    const way = wayOf(branch, originOf, place);
    if (way !== undefined) ways.set(way, [...(ways.get(way) ?? []), branch]);
  }
  // The origin's own way is the oldest, also where the origin is gone and only its branches are left.
  const first = ways.get(place.id);
  ways.delete(place.id);
  return [...(first ? [first] : []), ...ways.values()];
}

/** By which session's events a branch goes on from a place; undefined where it never gets there. */
function wayOf({ id }: Branch, originOf: OriginOf, place: BranchOrigin): string | undefined {
  if (id === place.id) return id;
  let at = id;
  for (const origin of originsOf(originOf, id)) {
    if (origin.id === place.id) {
      if (origin.events === place.events) return at;
      return origin.events > place.events ? place.id : undefined;
    }
    at = origin.id;
  }
  return undefined;
}

const newest = (way: readonly Branch[]) =>
  way.reduce((best, branch) => (branch.changedAt > best.changedAt ? branch : best));

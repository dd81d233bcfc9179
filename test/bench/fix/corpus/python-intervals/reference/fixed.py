"""Merging and measuring half-open time intervals, given as (start, end) pairs of minutes."""


def merge(intervals):
    """Return the union of the intervals as a sorted list of disjoint pairs.

    Intervals that touch (one ends where the next starts) become one.
    Empty intervals, where start equals end, are left out.
    """
    merged = []
    for start, end in sorted(intervals):
        if start == end:
            continue
        if merged and start <= merged[-1][1]:
            last_start, last_end = merged[-1]
            merged[-1] = (last_start, max(last_end, end))
        else:
            merged.append((start, end))
    return merged


def total_minutes(intervals):
    """How many minutes are covered by at least one interval."""
    return sum(end - start for start, end in merge(intervals))


def gaps(intervals, day_start, day_end):
    """The free stretches between day_start and day_end that no interval covers."""
    free = []
    cursor = day_start
    for start, end in merge(intervals):
        if start > cursor:
            free.append((cursor, min(start, day_end)))
        cursor = max(cursor, end)
        if cursor >= day_end:
            break
    if cursor < day_end:
        free.append((cursor, day_end))
    return free

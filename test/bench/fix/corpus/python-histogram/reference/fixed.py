"""Histograms of response times, printed as text for the nightly report."""

from collections import Counter


def bucket_of(value, width):
    """Lower bound of the bucket that the value falls into."""
    return int(value // width) * width


def histogram(values, width=10):
    """Count the values per bucket, empty buckets between the first and the last included."""
    if width <= 0:
        raise ValueError("width must be positive")
    counts = Counter(bucket_of(value, width) for value in values)
    if not counts:
        return {}
    return {start: counts[start] for start in range(min(counts), max(counts) + 1, width)}


def render(counts, width=10, columns=40):
    """One line a bucket: its range, a bar scaled to `columns`, and the count."""
    largest = max(counts.values(), default=0)
    lines = []
    for start, count in counts.items():
        bar = "#" * round(count * columns / largest)
        lines.append("{:>5}-{:<5} {} {}".format(start, start + width - 1, bar, count))
    return "\n".join(lines)


def summary(values):
    """The line above the bars."""
    if not values:
        return "no values"
    return "{} values, {} to {}".format(len(values), min(values), max(values))

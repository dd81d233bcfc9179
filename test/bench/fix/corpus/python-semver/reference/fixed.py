"""Ordering of version strings as on semver.org: 1.4.0-rc.1 < 1.4.0 < 1.10.0."""

import re

PATTERN = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$")


def parse(version):
    """Split a version into ((major, minor, patch), pre-release identifiers)."""
    match = PATTERN.match(version.strip())
    if match is None:
        raise ValueError(f"not a version: {version!r}")
    major, minor, patch, prerelease = match.groups()
    identifiers = prerelease.split(".") if prerelease else []
    return (int(major), int(minor), int(patch)), identifiers


def identifier_key(identifier):
    """Numeric identifiers compare as numbers and come before words."""
    if identifier.isdigit():
        return (0, int(identifier), "")
    return (1, 0, identifier)


def sort_key(version):
    """A key under which versions sort from oldest to newest.

    A release comes after all of its own pre-releases. Build metadata (+...) is ignored.
    """
    numbers, identifiers = parse(version)
    is_release = not identifiers
    return (numbers, is_release, [identifier_key(part) for part in identifiers])


def newest(versions, include_prereleases=False):
    """The newest version of the list, or None. Pre-releases count only when asked for."""
    candidates = [v for v in versions if include_prereleases or not parse(v)[1]]
    return max(candidates, key=sort_key, default=None)


def is_upgrade(installed, offered):
    """Whether the offered version is newer than the installed one."""
    return sort_key(offered) > sort_key(installed)

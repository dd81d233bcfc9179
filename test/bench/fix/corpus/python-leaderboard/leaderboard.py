"""Ranking of players for the tournament page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Player:
    name: str
    points: int
    penalties: int = 0


def ranking(players):
    """Most points first; with equal points fewer penalties first, then by name from A to Z."""
    return sorted(players, key=lambda player: (-player.points, player.name, player.penalties))


def places(players):
    """Pairs of place and player. Equal points and penalties share a place; the next one is skipped (1, 1, 3)."""
    result = []
    previous = None
    place = 0
    for position, player in enumerate(ranking(players), start=1):
        score = (player.points, player.penalties)
        if score != previous:
            place = position
            previous = score
        result.append((place, player))
    return result


def podium(players):
    """Names of everybody on places 1 to 3."""
    return [player.name for place, player in places(players) if place <= 3]


def as_text(players):
    """The table as it is shown on the page."""
    return "\n".join(f"{place:>2}. {player.name} {player.points}" for place, player in places(players))

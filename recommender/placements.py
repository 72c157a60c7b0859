"""Where lists stand, and how much each source counts there: `placements.json`, documented in docs/recommendations.md.

Placements have numbers, in ids of answers and in tables: 0 for those that the file does not name, then as in the file.
"""

import math
from collections.abc import Mapping
from pathlib import Path

import msgspec

from recommender.outcome_tables import MIXED, OTHER, PLACEMENTS

Weights = Mapping[str, float]
# The weights of placements without any of their own.
DEFAULT = ""


class PlacementsError(ValueError):
    """Raised when a file of placements cannot be used; the message names it and says why."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    placements: dict[str, dict[str, float]]


class Placements:
    """Weights of sources by placement."""

    def __init__(self, weights: Mapping[str, Weights]) -> None:
        self._weights = weights
        self._numbers = {name: number for number, name in enumerate(weights, OTHER + 1)}

    def weights_of(self, placement: str) -> Weights:
        """Weights by source; those of `""` for a placement that has none."""
        return self._weights.get(placement) or self._weights[DEFAULT]

    def name_of(self, number: int) -> str | None:
        """The placement of a number, None for OTHER."""
        return next((name for name, known in self._numbers.items() if known == number), None)

    def number_of(self, placement: str) -> int:
        """The number of a placement, OTHER for one that is not in the file."""
        return self._numbers.get(placement, OTHER)


def load_placements(path: Path) -> Placements:
    """The placements in a file.

    Raises:
        PlacementsError: it cannot be read, or holds something else than placements with weights of sources.
    """
    try:
        file = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise PlacementsError(f"cannot read {path}: {error.strerror or error}") from error
    except msgspec.MsgspecError as error:
        raise PlacementsError(f"{path} is no file of placements: {error}") from error
    if DEFAULT not in file.placements or len(file.placements) >= PLACEMENTS:
        raise PlacementsError(f'{path}: "" and at most {PLACEMENTS - 2} other placements would be right')
    for name, weights in file.placements.items():
        _check(f'{path}: the weights of "{name}"', weights)
    return Placements(file.placements)


def _check(whose: str, weights: Weights) -> None:
    unknown = sorted(weights.keys() - MIXED)
    if unknown:
        raise PlacementsError(f"{whose} name {', '.join(unknown)}: some of {', '.join(MIXED)} would be right")
    if not weights or not all(0.0 < weight < math.inf for weight in weights.values()):
        raise PlacementsError(f"{whose} are {dict(weights)}: at least one, each above 0, would be right")


SHIPPED = load_placements(Path(__file__).with_name("placements.json"))

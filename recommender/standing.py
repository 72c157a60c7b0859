"""How products stand in lists, and from that before and after a change, what each list has to take over."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec


class Standing(NamedTuple):
    """The lists that a product is in, and the date that it counts as added, Unix seconds; -inf where it has none."""

    lists: tuple[str, ...]
    added: float


NOWHERE = Standing((), -math.inf)


class ListChange(msgspec.Struct, gc=False):
    """Dense indices of products that a list lost, that it got, and that stayed with another date."""

    left: list[int] = []
    joined: list[int] = []
    redated: list[int] = []


def changes_by_list(before: Mapping[int, Standing], now: Callable[[int], Standing]) -> dict[str, ListChange]:
    """What changed for every list that one of these products was or is in; `now` says how it stands."""
    changes: dict[str, ListChange] = {}
    for index, (known, added) in before.items():
        lists, date = now(index)
        for name in lists:
            change = changes.get(name) or changes.setdefault(name, ListChange())
            if name not in known:
                change.joined.append(index)
            elif date != added:
                change.redated.append(index)
        for name in known:
            if name not in lists:
                changes.setdefault(name, ListChange()).left.append(index)
    return changes

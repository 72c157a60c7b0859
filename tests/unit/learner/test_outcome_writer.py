"""Counting what came of recommendations, against a count that forgets nothing."""

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.event import Event, Visitor
from learner.outcome_writer import count_outcomes, key_of
from profiles.decay import EPOCH, value_at
from recommender.outcome_tables import PLACEMENTS, REMEMBERED, SOURCE_ROOM, OutcomeTables, build_outcome_tables
from recommender.recommendation_id import NUMBERS, PLACES, Shown, decode_id, encode_id

HALF_LIFE = 7 * 86400.0
PRODUCTS = ("a", "b", "c")
SLATE = [(1, "a"), (1, "b"), (3, "c")]
SOURCE_OF = {product: source for source, product in SLATE}
KINDS = ("impression", "click", "view", "add_to_cart", "purchase")


def answer(chance: int, placement: int = 2, slate: Iterable[tuple[int, str]] = tuple(SLATE)) -> str:
    return encode_id(1.8e9, chance, placement, slate)


def event(kind: str, product: str, recommendation_id: str, time: float = EPOCH) -> Event:
    values = {"event_id": "e", "visitor": Visitor("user", "ann"), "weight": 1.0}
    return Event(type=kind, timestamp=time, product_id=product, recommendation_id=recommendation_id, **values)  # type: ignore[arg-type]


def count(*events: Event, products: tuple[str, ...] = PRODUCTS) -> OutcomeTables:
    tables = build_outcome_tables(len(products))
    count_outcomes(tables, [(each, products.index(each.product_id)) for each in events], HALF_LIFE)
    return tables


def numbers(tables: OutcomeTables, now: float = EPOCH) -> tuple[dict[tuple[int, int], list[float]], list[list[float]]]:
    """Shown and clicked at a time: by placement and source where there are any, and of each product."""
    pairs = (tables.source_shown, tables.source_clicked), (tables.product_shown, tables.product_clicked)
    cells = {
        (int(placement), int(source)): [value_at(float(part[placement, source]), now, HALF_LIFE) for part in pairs[0]]
        for placement, source in np.argwhere(np.isfinite(tables.source_shown))
    }
    rows = [[value_at(float(part[n]), now, HALF_LIFE) for part in pairs[1]] for n in range(len(tables.product_shown))]
    return cells, rows


def test_shown_and_clicked_by_placement_and_source_and_by_product() -> None:
    shown = [event("impression", product, answer(7)) for product in PRODUCTS]
    tables = count(*shown, event("click", "c", answer(7)), event("impression", "a", answer(8, placement=0)))
    cells, rows = numbers(tables)
    assert cells == {(2, 1): [2.0, 0.0], (2, 3): [1.0, 1.0], (0, 1): [1.0, 0.0]}
    assert rows == [[2.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    assert tables.outcome_count[0] == 4


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_a_click_is(kind: str) -> None:
    """It says that the product was shown, too."""
    assert numbers(count(event(kind, "b", answer(7))))[1][1] == [1.0, 1.0]


def test_a_place_counts_once() -> None:
    events = [event(kind, "a", answer(7)) for kind in KINDS for _ in range(3)]
    for order in (events, events[::-1]):
        assert numbers(count(*order)) == ({(2, 1): [1.0, 1.0]}, [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize(
    "silent",
    [
        event("wishlist", "a", answer(7)),
        event("dislike", "a", answer(7)),
        event("click", "a", ""),
        event("click", "a", "rec_1a1fe8cf336cc30aaba7f64c8a5"),
        event("click", "a", "somebody else's"),
        event("click", "a", answer(7, slate=[])),
        event("click", "a", answer(7, slate=[(1, "b")])),
        event("click", "a", answer(7, slate=[*[(1, f"x{n}") for n in range(PLACES)], (1, "a")])),
        event("click", "a", answer(7, placement=PLACEMENTS)),
        event("click", "a", answer(7, slate=[(SOURCE_ROOM, "a")])),
        event("click", "a", answer(7, slate=[(NUMBERS - 1, "a")])),
    ],
)
def test_what_says_nothing_of_outcomes(silent: Event) -> None:
    tables, empty = count(silent), build_outcome_tables(len(PRODUCTS))
    assert all((found == right).all() for found, right in zip(tables, empty, strict=True))


def test_counts_fade() -> None:
    tables = count(event("impression", "a", answer(1)), event("impression", "a", answer(2), EPOCH + HALF_LIFE))
    assert numbers(tables, EPOCH + HALF_LIFE)[1][0] == pytest.approx([1.5, 0.0])


def test_a_place_that_is_no_longer_remembered_counts_again() -> None:
    """Its room was taken by one with the same last bits."""
    first = 5
    other = first + 2**32
    assert {key_of(Shown(chance, 0, ""), 0) % REMEMBERED for chance in (first, other)} == {
        key_of(Shown(first, 0, ""), 0) % REMEMBERED
    }
    clicks = [event("click", "a", answer(chance)) for chance in (first, other, first)]
    assert numbers(count(*clicks))[1][0] == [3.0, 3.0]


@given(st.integers(0, 2**64 - 1))
def test_keys_of_the_places_of_an_answer_are_far_apart(chance: int) -> None:
    keys = [key_of(Shown(chance, 0, ""), place) for place in range(PLACES)]
    assert len({key % REMEMBERED for key in keys}) == PLACES
    assert all(0 < key < 2**62 for key in keys)


@settings(max_examples=50)
@given(st.integers(0, 2**32))
def test_as_a_count_that_forgets_nothing(seed: int) -> None:
    """Random events, some of them twice, in any order; the same in one batch as in many."""
    rng = random.Random(seed)
    answers = [answer(rng.getrandbits(64), rng.randrange(4)) for _ in range(6)]
    events = [event(rng.choice(KINDS), rng.choice(PRODUCTS), rng.choice(answers)) for _ in range(60)]
    seen: dict[tuple[str, str], bool] = {}
    for each in events:
        place = each.recommendation_id, each.product_id
        seen[place] = seen.get(place, False) or each.type != "impression"
    cells: dict[tuple[int, int], list[float]] = {}
    rows = [[0.0, 0.0] for _ in PRODUCTS]
    for (text, product), clicked in seen.items():
        shown = decode_id(text)
        assert shown is not None
        cell = shown.placement, SOURCE_OF[product]
        for sums in (cells.setdefault(cell, [0.0, 0.0]), rows[PRODUCTS.index(product)]):
            sums[0] += 1.0
            sums[1] += clicked
    found = numbers(count(*events))
    assert found[0].keys() == cells.keys()
    assert all(found[0][cell] == pytest.approx(sums) for cell, sums in cells.items())
    assert found[1] == [pytest.approx(row) for row in rows]

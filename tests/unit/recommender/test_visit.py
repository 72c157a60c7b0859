"""The session that is asked with, beside a plain statement of what it is."""

from itertools import groupby, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from profiles.decay import to_seconds
from profiles.profile import Interaction, Profile
from recommender.baskets import build_baskets
from recommender.model_reader import ModelView
from recommender.names import Names
from recommender.outcome_tables import build_outcome_tables
from recommender.session_tables import MAX_CLICKS
from recommender.visit import GAP_MS, last_visit, number_clicks
from tests.names import names_of
from tests.small_worlds import build_tables

PAUSES = st.integers(0, 9) | st.sampled_from([GAP_MS, GAP_MS + 1])
# When the newest interaction of a profile was.
NEWEST = 10**12
NOW = to_seconds(NEWEST)


def profile_of(pauses: list[int], products: list[str]) -> Profile:
    """A profile whose newest interactions are with these products, newest first, with these pauses between them."""
    recent: list[Interaction] = []
    time = NEWEST
    for pause, product in zip(pauses, products, strict=False):
        recent.append((time, 1, product))
        time -= pause
    return Profile(recent=recent)


def plain_visit(profile: Profile, context: str, pause: int) -> list[str]:
    """What was met since the last long pause; the page's product is met `pause` milliseconds after the newest."""
    met: list[Interaction] = [(NEWEST + pause, 1, context)] * bool(context) + profile.recent
    since = met[:1]
    for newer, older in pairwise(met):
        if newer[0] - older[0] > GAP_MS:
            break
        since.append(older)
    return [product for product, _ in groupby(product for _, _, product in since)][:MAX_CLICKS][::-1]


@given(
    st.lists(PAUSES, max_size=40),
    st.lists(st.sampled_from("abc"), max_size=40),
    st.sampled_from(["", "a", "z"]),
    PAUSES,
)
def test_it_is_what_came_after_the_last_long_pause(
    pauses: list[int], products: list[str], context: str, pause: int
) -> None:
    profile = profile_of(pauses, products)
    assert last_visit(profile, context, to_seconds(NEWEST + pause)) == plain_visit(profile, context, pause)


def test_a_pause_of_half_an_hour_is_no_end() -> None:
    assert last_visit(profile_of([GAP_MS, GAP_MS + 1, 0], ["c", "b", "a"]), "", NOW) == ["b", "c"]


def test_the_product_on_the_page_is_the_newest_and_comes_once() -> None:
    assert last_visit(profile_of([5, 5], ["b", "a"]), "c", NOW) == ["a", "b", "c"]
    assert last_visit(profile_of([5, 5], ["b", "a"]), "b", NOW) == ["a", "b"]
    assert last_visit(Profile(), "b", NOW) == ["b"]
    assert last_visit(Profile(), "", NOW) == []


def test_the_product_on_the_page_begins_a_session_after_a_pause() -> None:
    later = to_seconds(NEWEST + GAP_MS + 1)
    assert last_visit(profile_of([5, 5], ["b", "a"]), "c", later) == ["c"]


def view_of(products: int, *names: str) -> ModelView:
    """Tables with rows for so many products, and the names of some, or of more."""
    tables, baskets = build_tables([0] * products, 2, 10), build_baskets(products, 2, 2, 10)
    return ModelView(tables, baskets, Names(names_of(*names)), Names(names_of()), build_outcome_tables(products))


def test_what_the_tables_do_not_know_keeps_its_place() -> None:
    numbers = number_clicks(["b", "new", "a"], view_of(2, "a", "b"))
    assert numbers.tolist() == [1, -1, 0]
    assert numbers.dtype == np.int32
    assert number_clicks([], view_of(2, "a")).dtype == np.int32


def test_what_only_larger_tables_know_is_unknown_in_these() -> None:
    assert number_clicks(["b", "c", "a"], view_of(2, "a", "b", "c")).tolist() == [1, -1, 0]

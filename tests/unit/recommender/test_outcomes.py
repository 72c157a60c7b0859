"""What came of recommendations as factors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from profiles.decay import EPOCH, log_weight
from recommender.from_sessions import COLUMN_OF, FACTORS
from recommender.outcome_tables import MIXED, OTHER, SOURCE_ROOM, SOURCES, OutcomeTables, build_outcome_tables
from recommender.outcomes import (
    LEAST,
    MOST,
    PRODUCT_PRIOR,
    SOURCE_PRIOR,
    has_outcomes,
    number_source,
    product_factors,
    shrink,
    source_factors,
)

COUNT = st.floats(0, 1e6)


def log2(*values: float) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log2(np.array(values, np.float64))


def tables_of(placement: int, **told: tuple[float, float]) -> OutcomeTables:
    """What was shown and clicked of sources in one placement."""
    tables = build_outcome_tables(4)
    for source, counts in told.items():
        cell = placement, SOURCES.index(source)
        tables.source_shown[cell], tables.source_clicked[cell] = log2(*counts)
    tables.outcome_count[0] = 1
    return tables


def test_nothing_counted_yet() -> None:
    tables = build_outcome_tables(3)
    assert not has_outcomes(tables)
    assert source_factors(tables, 2, 0.0) == dict.fromkeys(MIXED, 1.0)
    assert product_factors(tables, [0, 2, -1], 0.0).tolist() == [1.0] * 3
    tables.outcome_count[0] = 1
    assert has_outcomes(tables)


def test_the_factor_of_a_source_is_its_share_of_the_placements_clicks() -> None:
    tables = tables_of(2, sessions=(1000.0, 100.0), interests=(1000.0, 20.0), trending=(4.0, 0.0))
    factors, rate = source_factors(tables, 2, 0.0), 120.0 / 2004.0
    for source, (shown, clicked) in {"sessions": (1000, 100), "interests": (1000, 20), "trending": (4, 0)}.items():
        right = ((clicked + SOURCE_PRIOR * rate) / (shown + SOURCE_PRIOR)) / rate
        assert factors[source] == pytest.approx(max(LEAST, min(MOST, right)))
    assert factors["interests"] == LEAST
    assert factors["bought_together"] == factors["buy_again"] == 1.0
    assert source_factors(tables, 3, 0.0) == dict.fromkeys(MIXED, 1.0)


def test_the_factor_of_a_product_is_against_all_that_was_shown() -> None:
    tables = tables_of(0, sessions=(900.0, 90.0), popular=(100.0, 10.0))
    tables.product_shown[:3], tables.product_clicked[:3] = log2(500, 50, 10), log2(0, 10, 0)
    found = product_factors(tables, [1, 0, -1, 2, 3, 4], 0.0)
    right = [(10 / 0.1 + PRODUCT_PRIOR) / (50 + PRODUCT_PRIOR), LEAST, 1.0, PRODUCT_PRIOR / (10 + PRODUCT_PRIOR), 1, 1]
    assert found == pytest.approx(np.array(right))


def test_evidence_fades() -> None:
    """A source that was never clicked comes back to 1 when nothing is shown any more."""
    tables = tables_of(1, sessions=(400.0, 40.0), trending=(400.0, 0.0))
    factors = [source_factors(tables, 1, half_lives)["trending"] for half_lives in (0.0, 1.0, 3.0, 20.0)]
    assert factors == sorted(factors) and factors[0] == LEAST and factors[-1] > 0.99


def test_times_far_from_now_do_no_harm() -> None:
    tables = tables_of(1, sessions=(1.0, 1.0), trending=(1.0, 0.0))
    late = log_weight(1.0, EPOCH + 1e11, 1.0)
    tables.source_shown[1], tables.source_clicked[1] = late, late
    assert source_factors(tables, 1, 0.0) == pytest.approx(dict.fromkeys(MIXED, 1.0))
    assert source_factors(tables, 1, 1e15) == dict.fromkeys(MIXED, 1.0)


@given(st.lists(st.tuples(COUNT, st.floats(0, 1)), min_size=1, max_size=8), st.floats(1, 1000))
def test_properties(counts: list[tuple[float, float]], prior: float) -> None:
    """Within bounds; more clicks of as many shown are never worth less; what was not shown counts 1."""
    shown = np.array([count for count, _ in counts])
    clicked = shown * [share for _, share in counts]
    total = float(shown.sum()), float(clicked.sum())
    factors = shrink(shown, clicked, total, prior)
    assert ((factors >= LEAST) & (factors <= MOST)).all()
    assert (factors[shown == 0.0] == 1.0).all()
    assert (shrink(shown, clicked * 1.1, total, prior) >= factors).all()


@given(st.lists(COUNT, min_size=1, max_size=8))
def test_shops_that_send_clicks_alone_change_nothing(counts: list[float]) -> None:
    """A click counts as shown, too."""
    shown = np.array(counts)
    assert shrink(shown, shown, (float(shown.sum()),) * 2, 50.0) == pytest.approx(np.ones(len(shown)))


def test_sources_of_picks() -> None:
    for name in (*COLUMN_OF, FACTORS, "category_top"):
        assert SOURCES[number_source((name, "trending"))] == "sessions"
    assert SOURCES[number_source(("category_popularity",))] == "interests"
    for name in ("trending", "bought_together", "buy_again", "popular", "new", "similar_content"):
        assert SOURCES[number_source((name,))] == name
    assert number_source(()) == number_source(("unheard of",)) == OTHER
    assert len(SOURCES) <= SOURCE_ROOM


def test_numbers_of_sources_are_for_good() -> None:
    """Tables and ids that are out hold them."""
    first = ("other", "sessions", "interests", "trending", "bought_together", "buy_again", "popular", "new")
    assert SOURCES[: len(first)] == first

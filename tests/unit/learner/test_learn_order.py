"""The same events in another order across visitors teach the same, once everything is looked up again."""

from collections import defaultdict

import numpy as np
import pytest

from learner.learn import learn_clicks
from learner.product_writer import settle
from recommender.hybrid import Tables
from recommender.popularity_tables import PopularityTables
from recommender.session_tables import posted_session, slot_of
from tests.references import Click
from tests.small_worlds import (
    ABOVE,
    GAP,
    MOST_EVENTS,
    MUCH,
    SCRATCH,
    as_clicks,
    build_limits,
    build_tables,
    random_clicks,
)

SEEDS = range(12)
Session = tuple[int, int]


def reorder(clicks: list[Click], rng: np.random.Generator) -> list[Click]:
    """Each visitor's events in their order, those of several visitors anyhow."""
    left: defaultdict[int, list[Click]] = defaultdict(list)
    for click in clicks:
        left[click.visitor].append(click)
    turns = rng.permutation([click.visitor for click in clicks]).tolist()
    return [left[visitor].pop(0) for visitor in turns]


def learn_and_settle(clicks: list[Click], categories: list[int]) -> Tables:
    """With room for all sessions, and every product that has any looked up again."""
    tables = build_tables(categories, len(clicks), MUCH, ABOVE)
    assert learn_clicks(tables, as_clicks(clicks), build_limits(GAP, MOST_EVENTS), 0, SCRATCH) == len(clicks)
    tables.products.touched[:] = tables.sessions.posting[:, 3] > 0
    settle(tables.sessions, tables.products, 0, len(categories), SCRATCH)
    assert not tables.products.touched.any()
    return tables


def names_of(tables: Tables) -> dict[int, Session]:
    """Of each session by number: whose it is, and the how manieth of these."""
    seen: defaultdict[int, int] = defaultdict(int)
    names = {}
    for number in range(int(tables.sessions.next_number[0])):
        visitor = int(tables.sessions.visitor[slot_of(tables.sessions, number)])
        names[number] = (visitor, seen[visitor])
        seen[visitor] += 1
    return names


def sessions_of(tables: Tables) -> dict[Session, tuple[list[int], float, int]]:
    sessions = tables.sessions
    return {
        name: (sessions.clicks[n, : sessions.length[n]].tolist(), float(sessions.latest[n]), int(sessions.total[n]))
        for n, name in names_of(tables).items()
    }


def postings_of(tables: Tables) -> list[set[Session]]:
    sessions, names = tables.sessions, names_of(tables)
    return [
        {names[posted_session(sessions, product, back)] for back in range(count)}
        for product, count in enumerate(sessions.posting[:, 3].tolist())
    ]


def moves_of(tables: Tables) -> dict[int, float]:
    return dict(zip(tables.products.pair.tolist(), tables.products.pair_clicks.tolist(), strict=True))


def check_popularity(found: PopularityTables, right: PopularityTables) -> None:
    for name in ("engagement", "trend", "heat", "category_engagement", "category_trend"):
        assert getattr(found, name).tolist() == pytest.approx(getattr(right, name).tolist(), rel=0, abs=1e-9), name
    assert found.counts.tolist() == right.counts.tolist()
    assert found.change_count == right.change_count
    for mine, other in zip(
        [found.overall_top, *found.category_top], [right.overall_top, *right.category_top], strict=True
    ):
        assert [n >= 0 for n in mine.tolist()] == [n >= 0 for n in other.tolist()]
        by_value = found.engagement[mine[mine >= 0]].tolist()
        assert by_value == pytest.approx(right.engagement[other[other >= 0]].tolist(), rel=0, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_across_visitors_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    categories = [5, *(int(category) for category in rng.integers(-1, 6, 29))]
    clicks = random_clicks(rng, 30, 60)
    right = learn_and_settle(clicks, categories)
    for _ in range(3):
        other = reorder(clicks, rng)
        assert other != clicks
        found = learn_and_settle(other, categories)
        assert sessions_of(found) == sessions_of(right)
        assert postings_of(found) == postings_of(right)
        assert found.sessions.sessions_of.tolist() == right.sessions.sessions_of.tolist()
        assert moves_of(found) == moves_of(right)
        assert found.products.departures.tolist() == right.products.departures.tolist()
        assert found.products.neighbours.tolist() == right.products.neighbours.tolist()
        assert found.products.nearness.tobytes() == right.products.nearness.tobytes()
        check_popularity(found.popularity, right.popularity)

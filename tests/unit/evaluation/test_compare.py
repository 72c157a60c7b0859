"""Is a difference real? Differences that are known by construction."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from evaluation.compare import CompareError, Comparison, Difference, compare
from evaluation.outcomes import Outcomes

Ranks = NDArray[np.integer]


def run(ranks: Ranks, session: NDArray[np.int64] | None = None) -> Outcomes:
    if session is None:
        session = np.arange(len(ranks))
    return Outcomes({"hybrid": ranks.astype(np.int16)}, np.arange(len(ranks), dtype=np.int32), session, {})


def judge(a: Outcomes, b: Outcomes, seed: int = 1, resamples: int = 2000) -> Comparison:
    return compare(a, b, "hybrid", np.random.default_rng(seed), resamples)


def two_runs(cases: int, seed: int, a: float = 0.5, b: float = 0.5) -> tuple[Ranks, Ranks]:
    """Independent hits at rank 1 of two runs, with shares a and b."""
    generator = np.random.default_rng(seed)
    return (generator.random(cases) < a).astype(np.int16), (generator.random(cases) < b).astype(np.int16)


def test_values_are_the_differences_of_the_means_over_cases() -> None:
    # Sessions of different lengths: a mean over sessions would be another.
    session = np.array([0, 0, 0, 1])
    result = judge(run(np.array([1, 2, 0, 0]), session), run(np.array([1, 1, 4, 21]), session))
    assert (result.cases, result.sessions, result.source) == (4, 2, "hybrid")
    assert result.hr.value == pytest.approx((3 - 2) / 4)
    assert result.mrr.value == pytest.approx((1 + 1 + 1 / 4 - 1 - 1 / 2) / 4)


def test_intervals_are_those_of_theory_where_every_session_has_one_case() -> None:
    a, b = two_runs(4000, seed=3, a=0.5, b=0.55)
    result = judge(run(a), run(b))
    difference = b.astype(float) - a
    error = difference.std() / np.sqrt(len(a))
    assert result.hr.value == pytest.approx(difference.mean())
    assert result.hr.low == pytest.approx(difference.mean() - 1.96 * error, abs=0.15 * error)
    assert result.hr.high == pytest.approx(difference.mean() + 1.96 * error, abs=0.15 * error)


def test_cases_that_only_repeat_their_session_add_no_certainty() -> None:
    a, b = two_runs(500, seed=4, b=0.55)
    session = np.arange(500)
    once = judge(run(a), run(b))
    tenfold = judge(run(a.repeat(10), session.repeat(10)), run(b.repeat(10), session.repeat(10)))
    assert (tenfold.cases, tenfold.sessions) == (5000, 500)
    # The same draws of the same sessions: up to rounding, the same interval.
    assert [tenfold.hr.low, tenfold.hr.high] == pytest.approx([once.hr.low, once.hr.high], abs=1e-12)


def test_sessions_count_by_their_cases() -> None:
    # Every case gains alike: whichever sessions are drawn, and however many cases they have, the mean is the same.
    session = np.arange(10).repeat(np.arange(1, 11))
    result = judge(run(np.zeros(55, np.int16), session), run(np.full(55, 2, np.int16), session))
    assert [result.hr.low, result.hr.high] == [1.0, 1.0]
    assert [result.mrr.low, result.mrr.high] == [0.5, 0.5]


def test_pairs_that_agree_make_small_differences_certain() -> None:
    a, _ = two_runs(4000, seed=5)
    b = a.copy()
    b[np.flatnonzero(a == 0)[:40]] = 1
    result = judge(run(a), run(b))
    assert result.hr.value == pytest.approx(0.01)
    assert result.hr.is_real  # unpaired, the error of the difference would be 1.1 points


def test_intervals_agree_with_resampling_one_by_one() -> None:
    generator = np.random.default_rng(6)
    session = np.sort(generator.integers(0, 80, 400))
    a, b = generator.integers(0, 25, 400), generator.integers(0, 25, 400)
    result = judge(run(a, session), run(b, session))

    def reciprocal(rank: int) -> float:
        return 1 / rank if 0 < rank <= 20 else 0.0

    gains = [reciprocal(int(y)) - reciprocal(int(x)) for x, y in zip(a, b, strict=True)]
    members = [np.flatnonzero(session == name) for name in np.unique(session)]
    means = []
    for _ in range(2000):
        drawn = np.concatenate([members[n] for n in generator.integers(0, len(members), len(members))])
        means.append(np.mean([gains[n] for n in drawn]))
    width = result.mrr.high - result.mrr.low
    assert np.quantile(means, [0.025, 0.975]) == pytest.approx([result.mrr.low, result.mrr.high], abs=0.08 * width)


def test_chance_is_taken_for_real_one_time_in_twenty() -> None:
    verdicts = [
        judge(run(a), run(b), seed, resamples=300).hr.is_real
        for seed, (a, b) in ((seed, two_runs(300, seed)) for seed in range(300))
    ]
    assert 0.02 <= np.mean(verdicts) <= 0.10


def test_how_many_are_drawn_at_once_does_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = two_runs(50, seed=8)
    whole = judge(run(a), run(b), resamples=101)
    monkeypatch.setattr("evaluation.compare._BLOCK", 350)  # 7 resamples at once
    assert judge(run(a), run(b), resamples=101) == whole


RANKS = st.lists(st.tuples(st.integers(0, 22), st.integers(0, 22), st.integers(0, 5)), min_size=2, max_size=40)


@given(RANKS.filter(lambda rows: len({row[2] for row in rows}) > 1))
def test_the_other_way_round_everything_turns_its_sign(rows: list[tuple[int, int, int]]) -> None:
    a, b, session = (np.array(column) for column in zip(*rows, strict=True))
    there, back = judge(run(a, session), run(b, session), 9, 50), judge(run(b, session), run(a, session), 9, 50)
    for figure in ("hr", "mrr"):
        one, other = getattr(there, figure), getattr(back, figure)
        assert [one.value, one.low, one.high] == pytest.approx([-other.value, -other.high, -other.low], abs=1e-12)
        assert one.low <= one.high
    same = judge(run(a, session), run(a, session), 9, 50)
    assert (same.hr.value, same.hr.low, same.hr.high, same.mrr.is_real) == (0.0, 0.0, 0.0, False)


SENTENCES = {
    "B is better by 0.8 points of HR@20 (95 % interval 0.3 to 1.3)": (0.008, 0.003, 0.013),
    "A is better by 0.8 points of HR@20 (95 % interval 0.3 to 1.3)": (-0.008, -0.013, -0.003),
    "B is better by 0.80 points of HR@20 (95 % interval 0.02 to 1.30)": (0.008, 0.0002, 0.013),
    "no difference of HR@20 that the data can show (95 % interval -0.3 to 1.3 points)": (0.005, -0.003, 0.013),
    "no difference of HR@20 that the data can show (95 % interval 0.0 to 0.0 points)": (0.0, 0.0, 0.0),
    "no difference of HR@20 that the data can show (95 % interval 0.000 to 1.000 points)": (0.0, -1e-9, 0.01),
}


@pytest.mark.parametrize(("sentence", "figures"), SENTENCES.items())
def test_sentences(sentence: str, figures: tuple[float, float, float]) -> None:
    assert Difference("HR@20", *figures).sentence() == sentence


def test_runs_have_the_names_that_they_are_given() -> None:
    sentence = Difference("MRR@20", 0.01, 0.005, 0.015).sentence(("monday.npz", "tuesday.npz"))
    assert sentence == "tuesday.npz is better by 1.0 points of MRR@20 (95 % interval 0.5 to 1.5)"


def test_what_cannot_be_compared_is_said() -> None:
    a, b = (run(ranks) for ranks in two_runs(10, seed=1))
    with pytest.raises(CompareError, match="run A has no source 'knn'; its sources are hybrid"):
        compare(a, b, "knn", np.random.default_rng(1))
    for changed in ({"labels": b.labels + 1}, {"session": b.session + 1}):
        with pytest.raises(CompareError, match="not of the same cases"):
            judge(a, msgspec.structs.replace(b, **changed))
    alone = np.zeros(10, np.int64)
    with pytest.raises(CompareError, match="at least two test sessions"):
        judge(msgspec.structs.replace(a, session=alone), msgspec.structs.replace(b, session=alone))

"""Weights judged in shops of other people, read from the folders that these publish."""

from pathlib import Path

from evaluation.transfer import SHOPS, judge_transfer
from tests.planted import build_sessions, write_events, write_folder
from tests.weights import build_tuned


def silent(*_: object) -> None:
    pass


def test_only_the_folders_that_are_there_are_judged(tmp_path: Path) -> None:
    assert judge_transfer(tmp_path, [build_tuned()], silent) == {}
    write_folder(tmp_path / "diginetica", build_sessions(100, seed=1), build_sessions(10, seed=2))
    sample = tmp_path / "serenade_sample"
    sample.mkdir()
    for n, name in enumerate(("train.txt", "valid.txt", "test.txt")):
        write_events(sample / name, build_sessions(60, seed=n), first=60 * n)
    figures = judge_transfer(tmp_path, [build_tuned(0), build_tuned(1)], silent)
    cases = {name: [found.cases for found in both] for name, both in figures.items()}
    expected = sum(len(session) - 1 for session in build_sessions(10, seed=2))
    of_sample = sum(len(session) - 1 for session in build_sessions(60, seed=2))
    assert cases == {"diginetica": [expected] * 2, "serenade_sample": [of_sample] * 2}


def test_a_shop_without_training_learns_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "retailrocket").mkdir()
    rows = [
        f"{1_441_000_000 + 60 * n + place},u{n},view,{product},c\n"
        for n, session in enumerate(build_sessions(150, seed=1))
        for place, product in enumerate(session)
    ]
    (tmp_path / "retailrocket" / "events_8days.csv").write_text("Time,UserId,Type,ItemId,CatId\n" + "".join(rows))
    (found,) = judge_transfer(tmp_path, [build_tuned()], silent)["retailrocket"]
    assert found.cases == sum(len(session) - 1 for session in build_sessions(150, seed=1))
    assert found.hr_20 > 0.1
    assert [shop.name for shop in SHOPS] == ["diginetica", "serenade_sample", "retailrocket"]

"""`flask model` on a shop with a planted rule: what is better is promoted, what is worse is not, and there is a way
back.
"""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import Result
from flask import Flask

from app.factory import create_app
from config import Settings
from events.event import Event, Visitor
from recommender.tuned import Tuned, load_tuned, save_tuned
from recommender.versions import Versions
from tests.planted import build_sessions, write_events, write_folder

START = 1_790_000_000.0
EVENT_COLUMNS = "session=SessionId,product=ItemId,time=Time"


class Shop:
    """A service with a folder of its own; without a store, unless it is given one."""

    def __init__(self, folder: Path, redis_url: str = "redis://127.0.0.1:1") -> None:
        self.app: Flask = create_app(Settings(var_dir=str(folder), redis_url=redis_url))
        self.versions = Versions(folder / "model" / "sl")

    def flask(self, *arguments: str | Path) -> Result:
        result: Result = self.app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
        assert isinstance(result.exception, SystemExit | None), result.output
        return result

    def numbers(self) -> list[str]:
        """The lines of `model list`, the numbers only, that in use with its mark."""
        lines = self.flask("model", "list").output.splitlines()[1:]
        return ["".join(line.split()[: 2 if line.startswith("*") else 1]) for line in lines]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("shop") / "data", build_sessions(600, seed=1), [])


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    """Found with the last 60 sessions held out."""
    path, shop = folder.parent / "weights.json", Shop(folder.parent / "var")
    result = shop.flask("tune", "next-click", "--data", folder, "--out", path, "--trials", "3", "--hold-out", "60")
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "var")


def blinded(path: Path, target: Path) -> Path:
    """The same weights, but the blend prefers what the others like least."""
    tuned = load_tuned(path)
    blend = msgspec.structs.replace(
        tuned.blend, direct=-tuned.blend.direct, direct_by=-tuned.blend.direct_by, outer=-tuned.blend.outer
    )
    save_tuned(target, Tuned(tuned.weights, blend, tuned.about))
    return target


def test_better_weights_are_promoted_listed_and_rolled_back(shop: Shop, folder: Path, weights: Path) -> None:
    assert shop.numbers() == ["*0"]
    result = shop.flask("model", "promote", weights, "--data", folder)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "Version 1 is in use."
    (version,) = shop.versions.list()
    assert version.trial.scores.hr_20 > 0.95
    assert (version.trial.before, version.trial.data) == (0, "last 60 of 600 sessions of data")
    assert version.trial.cases == sum(len(session) - 1 for session in build_sessions(600, seed=1)[-60:])
    assert shop.versions.read_current().tuned.about == load_tuned(weights).about
    assert shop.flask("model", "promote", weights, "--data", folder).exit_code == 0
    assert shop.numbers() == ["0", "1", "*2"]
    back = shop.flask("model", "rollback")
    assert back.output == "Version 1 is in use; no tables were kept with it, so the learner keeps those that it has.\n"
    assert shop.numbers() == ["0", "*1", "2"]
    assert shop.flask("model", "rollback", "--to", "2").exit_code == 0
    assert shop.numbers() == ["0", "1", "*2"]


def test_worse_weights_are_not_promoted(shop: Shop, folder: Path, weights: Path, tmp_path: Path) -> None:
    shop.flask("model", "promote", weights, "--data", folder)
    worse = blinded(weights, tmp_path / "worse.json")
    refused = shop.flask("model", "promote", worse, "--data", folder)
    assert refused.exit_code == 1
    lines = refused.output.splitlines()
    assert lines[-1] == "Error: worse than version 1 by more than 0.005: nothing has changed"
    assert [line.split()[0] for line in lines[:3]] == ["hr@20", "version", str(worse)]
    assert shop.numbers() == ["0", "*1"]
    assert shop.flask("model", "promote", worse, "--data", folder, "--margin", "1").exit_code == 0
    assert shop.numbers() == ["0", "1", "*2"]


def test_weights_are_not_judged_by_what_they_were_found_on(shop: Shop, folder: Path, weights: Path) -> None:
    refused = shop.flask("model", "promote", weights, "--data", folder, "--hold-out", "61")
    assert refused.exit_code == 1
    assert "found on some of the 61 sessions that they would be judged by: tune with --hold-out 61" in refused.output
    assert shop.numbers() == ["*0"]


def test_of_weights_from_elsewhere_it_says_that_nothing_can_be_told(
    shop: Shop, folder: Path, weights: Path, tmp_path: Path
) -> None:
    other = write_folder(tmp_path / "other", build_sessions(300, seed=5), [])
    result = shop.flask("model", "promote", weights, "--data", other)
    assert result.exit_code == 0
    assert f"Whether {weights} was found on these sessions cannot be told" in result.output


def test_what_is_wrong_is_said_in_a_line(shop: Shop, folder: Path, weights: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (("promote", tmp_path / "nowhere.json", "--data", folder), "cannot read "),
        (("promote", weights, "--data", folder, "--hold-out", "600"), "cannot hold out 600 of 600 sessions"),
        (("promote", weights, "--log"), "the event log cannot be reached, see REDIS_URL: "),
        (("rollback",), "the version that the service comes with is in use"),
        (("rollback", "--to", "4"), "there is no version 4 in "),
    ):
        result = shop.flask("model", *arguments)
        assert (result.exit_code, result.output.count("\n")) == (1, 1), result.output
        assert result.output.startswith(f"Error: {message}")
    for options in ((), ("--data", folder, "--log"), ("--train", folder)):
        result = shop.flask("model", "promote", weights, *options)
        assert result.exit_code == 2
        assert "name either --data DIR, or --train FILE with --columns, or --log" in result.output


def test_evaluated_by_the_held_out_sessions(shop: Shop, folder: Path, weights: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.csv"
    options = ("--data", folder, "--settings", weights, "--csv", out)
    result = shop.flask("evaluate", "next-click", *options, "--hold-out", "60")
    assert result.exit_code == 0, result.output
    cases = sum(len(session) - 1 for session in build_sessions(600, seed=1)[-60:])
    assert out.read_text().splitlines()[-1].startswith(f"hybrid,{cases},")


def log_sessions(shop: Shop) -> None:
    """600 visits to the planted shop, a minute apart."""
    for n, session in enumerate(build_sessions(600, seed=1)):
        events = [
            Event(
                event_id=f"{n}-{place}",
                type="view",
                timestamp=START + 60.0 * n + place,
                visitor=Visitor("user", f"v{n}"),
                weight=1.0,
                product_id=product,
                categories=(f"c{int(product[1:]) // 10}",),
            )
            for place, product in enumerate(session)
        ]
        shop.app.extensions["shelflife"].profiles.apply(events, START + 60.0 * n + 5.0)


def test_a_shop_tunes_judges_and_promotes_on_its_own_log(store: str, tmp_path: Path) -> None:
    shop, weights = Shop(tmp_path / "var", store), tmp_path / "weights.json"
    empty = shop.flask("tune", "next-click", "--log", "--out", weights)
    assert (empty.exit_code, empty.output[:40]) == (1, "Error: the event log has no event to lea")
    log_sessions(shop)
    tuned = shop.flask("tune", "next-click", "--log", "--out", weights, "--trials", "3")
    assert "in the last 54 training sessions, from the 486 before them" in tuned.output
    about = load_tuned(weights).about
    assert (about["seen_sessions"], about["categories"]) == (540, True)
    out = tmp_path / "figures.csv"
    shop.flask("evaluate", "next-click", "--log", "--settings", weights, "--csv", out)
    hybrid = out.read_text().splitlines()[-1].split(",")
    promoted = shop.flask("model", "promote", weights, "--log")
    assert promoted.exit_code == 0, promoted.output
    (version,) = shop.versions.list()
    assert version.trial.data.startswith("last 60 of 600 sessions of the event log, 2026-")
    assert (f"{version.trial.scores.hr_20:.6f}", str(version.trial.cases)) == (hybrid[2], hybrid[1])
    assert np.isclose(version.trial.scores.mrr_20, float(hybrid[3]), atol=1e-6)
    refused = shop.flask("model", "promote", weights, "--log", "--hold-out", "70")
    assert "found on some of the 70 sessions" in refused.output


def test_weights_for_any_shop_are_found_and_judged_elsewhere(shop: Shop, tmp_path: Path) -> None:
    events, out = write_events(tmp_path / "events.csv", build_sessions(300, seed=1)), tmp_path / "any.json"
    options = ("--shops", "0", "--trials", "0", "--train", events, "--columns", EVENT_COLUMNS)
    assert shop.flask("tune", "defaults", "--out", out, *options).output == f"The weights are in {out}.\n"
    write_folder(tmp_path / "public" / "diginetica", build_sessions(600, seed=1), build_sessions(40, seed=2))
    result = shop.flask("evaluate", "transfer", out, out, "--public", tmp_path / "public")
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[0] == ["diginetica"]
    assert lines[1] == lines[2] == ["any.json", lines[1][1], "/", lines[1][3]]
    assert float(lines[1][1]) > 0.95
    nothing = shop.flask("tune", "defaults", "--out", out, "--shops", "0")
    assert nothing.output == "Error: there is no shop to tune on: some made-up ones, or past events, would be right\n"
    for columns in ("", "session=SessionId,product=ItemId"):
        refused = shop.flask("tune", "defaults", "--out", out, "--train", events, "--columns", columns)
        assert refused.exit_code == 2
        assert "--columns must name the columns of product and time" in refused.output

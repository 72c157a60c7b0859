"""`flask replay` on files made here, against a running service; and on real files, where the environment names them.

TEST_RETAILROCKET_CSV and TEST_REES46_CSV are paths of files in the formats of docs/import.md.
"""

import gzip
import json
import os
import random
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from app.serve import FLASK
from tests.processes import wait_until
from tests.servers import ROOT, RunningService, free_port

COLUMNS = (
    "timestamp=Time,user_id=Who,event_type=What,product_id=Item,category=Path,brand=Make,price=Cost,quantity=Pieces"
)
TYPES = ["view"] * 12 + ["addtocart", "transaction", "remove_from_cart", "add_to_wishlist", "hide", "refund", "like"]
STRAY = {"user_id": "stray-3", "event_type": "view", "product_id": "x", "category": "Z", "timestamp": 1_699_999_999}
REAL_FILES = {
    "TEST_RETAILROCKET_CSV": "timestamp=Time,user_id=UserId,event_type=Type,product_id=ItemId,category=CatId",
    "TEST_REES46_CSV": "timestamp=event_time,event_type=event_type,product_id=product_id,"
    "category=category_code,brand=brand,price=price,user_id=user_id",
}


def write_events(path: Path, visitors: str, count: int = 600) -> int:
    """A file of events of visitors of a name of their own, with duplicates and a broken last row; its last line."""
    rng = random.Random(visitors)
    rows = []
    for _ in range(count):
        product = rng.randrange(30)
        rows.append(
            f"{1_700_000_000 + rng.randrange(40) * rng.choice([1, 3600])},{visitors}-{rng.randrange(25)},"
            f"{rng.choice(TYPES)},{visitors}-p{product},{['', 'A', 'A > B', 'C'][product % 4]},"
            f"{['', 'acme'][product % 2]},{product * 1.5},{product % 6}\n"
        )
    rows += rng.sample(rows, count // 10)
    rng.shuffle(rows)
    path.write_text("Time,Who,What,Item,Path,Make,Cost,Pieces\n" + "".join(rows) + "1700000000,cut off")
    return len(rows) + 2


def replay(service: RunningService, path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return service.flask("replay", str(path), "--url", service.url, *options)


@pytest.mark.parametrize(
    "options",
    [(), ("--shuffle", "--repeat", "2", "--clients", "8", "--batch", "7")],
    ids=["as it stands", "shuffled, twice, by 8 clients"],
)
def test_every_profile_is_what_pandas_makes_of_the_file(
    service: RunningService, tmp_path: Path, options: tuple[str, ...]
) -> None:
    path = tmp_path / "events.csv"
    last = write_events(path, f"replay{len(options)}")
    result = replay(service, path, "--columns", COLUMNS, "--verify", *options)
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    sent = (last - 2) * (2 if options else 1)
    assert lines[0].startswith(f"events.csv: {sent:,} events sent, ")
    assert lines[0].endswith(" 1 row rejected")
    assert lines[1] == f"line {last}: 2 fields where the header has 8"
    assert "events/s" in lines[2]
    assert lines[3].startswith("25 of 25 profiles equal (max relative difference ")
    assert result.stderr == ""


def test_sending_a_file_again_changes_nothing(service: RunningService, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events(path, "again", count=100)
    assert replay(service, path, "--columns", COLUMNS).returncode == 0
    result = replay(service, path, "--columns", COLUMNS, "--verify")
    assert "110 events sent, 0 applied, 110 duplicates" in result.stdout
    assert "profiles equal" in result.stdout
    assert result.returncode == 0


def test_an_event_that_is_not_in_the_file_is_found(service: RunningService, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events(path, "stray", count=100)
    assert replay(service, path, "--columns", COLUMNS).returncode == 0
    assert requests.post(f"{service.url}/track-event", json=STRAY, timeout=10).status_code == 200
    result = replay(service, path, "--columns", COLUMNS, "--verify")
    assert result.returncode == 1
    shown = result.stdout[result.stdout.index("profiles equal") :]
    assert "users/stray-3:" in shown
    assert "category 'Z' long_term: 0.0 by the file" in shown
    assert shown.count("users/") == 1


def test_rows_that_the_service_refuses_are_reported_by_line(service: RunningService, tmp_path: Path) -> None:
    path, rejected = tmp_path / "events.jsonl.gz", tmp_path / "rejected.jsonl"
    rows: list[object] = [
        {"userId": "refused-1", "event": "view", "itemId": 1, "ts": 1_700_000_000},
        {"userId": "anonymous", "event": "view", "itemId": 1, "ts": 1_700_000_000},
        {"userId": "refused-1", "event": "view", "ts": 1_700_000_000},
        ["no object"],
        {"event": "view", "itemId": 1, "ts": 1_700_000_000},
        {"userId": "refused-1", "event": "view", "itemId": 1, "ts": "yesterday"},
    ]
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    result = replay(service, path, "--rejected", str(rejected), "--repeat", "2", "--verify")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "8 events sent, 1 applied, 1 duplicate, 5 rows rejected" in result.stdout
    assert "1 of 1 profiles equal" in result.stdout
    found = {row["line"]: row["field"] for row in map(json.loads, rejected.read_text().splitlines())}
    assert found == {2: "user_id", 3: "product_id", 4: "", 5: "user_id", 6: "timestamp"}


def test_kept_columns_are_properties_of_the_event(service: RunningService, tmp_path: Path) -> None:
    path = tmp_path / "events.tsv"
    path.write_text("at\twho\tcampaign\n1700000000\tkept-1\tspring\n")
    columns = "timestamp=at,user_id=who,event_type=kind"
    missing = replay(service, path, "--columns", columns)
    assert missing.returncode == 1
    assert "the file has no column 'kind'; its columns are at, who, campaign" in missing.stderr
    path.write_text("at\twho\tkind\tcampaign\n1700000000\tkept-1\tnewsletter_opened\tspring\n")
    assert replay(service, path, "--columns", columns, "--keep-columns", "--verify").returncode == 0
    recent = requests.get(f"{service.url}/v1/events/recent?limit=1000", timeout=10).json()["events"]
    mine = [entry["event"] for entry in recent if entry["event"]["visitor"]["id"] == "kept-1"]
    assert [event["properties"] for event in mine] == [{"campaign": "spring"}]


def test_batches_that_are_too_large_for_the_service_go_in_parts(
    start_service: Callable[..., RunningService], tmp_path: Path
) -> None:
    service = start_service(SHELFLIFE_MAX_BATCH_EVENTS="16", SHELFLIFE_MAX_EVENT_BYTES="400")
    path = tmp_path / "events.jsonl"
    rows = [
        {"user_id": "u", "event_type": "view", "product_id": n, "timestamp": 1_700_000_000 + n, "note": "x" * (n % 50)}
        for n in range(100)
    ]
    rows[70]["note"] = "x" * 500
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = replay(service, path, "--batch", "64", "--verify")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "100 events sent, 99 applied, 0 duplicates, 1 row rejected" in result.stdout
    assert "line 71: the event has 584 bytes as JSON; at most 400 are taken" in result.stdout
    assert "1 of 1 profiles equal" in result.stdout


def test_an_outage_of_the_store_is_waited_out(start_service: Callable[..., RunningService], tmp_path: Path) -> None:
    service = start_service()
    path = tmp_path / "events.csv"
    write_events(path, "outage", count=4000)
    command = [*FLASK, "replay", str(path), "--url", service.url, "--columns", COLUMNS, "--batch", "10", "--verify"]
    running = subprocess.Popen(command, env=service.env, cwd=ROOT, text=True, stdout=-1, stderr=-1)
    output: list[str] = []
    reader = threading.Thread(target=lambda: output.extend(running.communicate()))
    reader.start()

    def count_logged() -> int:
        return len(requests.get(f"{service.url}/v1/events/recent?limit=1000", timeout=10).json()["events"])

    wait_until(lambda: count_logged() >= 100)
    service.store.stop()
    for _ in range(20):  # while these are refused, so are the replay's
        assert requests.post(f"{service.url}/track-event", json=STRAY, timeout=10).status_code == 503
    service.store.start()
    reader.join(timeout=100)
    assert running.poll() == 0, output
    assert " sent again" in output[0]
    assert "25 of 25 profiles equal" in output[0]


def test_a_service_that_is_not_there_is_one_line(service: RunningService, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    write_events(path, "nobody", count=10)
    result = service.flask("replay", str(path), "--url", f"http://127.0.0.1:{free_port()}")
    assert result.returncode == 1
    assert result.stdout == ""
    assert "Connection refused; is the service running there?" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("variable", REAL_FILES)
def test_real_files(start_service: Callable[..., RunningService], variable: str) -> None:
    if variable not in os.environ:
        pytest.skip(f"{variable} names no file")
    service = start_service()
    path, columns = Path(os.environ[variable]), REAL_FILES[variable]
    for options in ((), ("--shuffle", "--repeat", "2", "--clients", "8")):
        result = replay(service, path, "--columns", columns, "--verify", *options)
        assert result.returncode == 0, result.stdout + result.stderr
        equal, _, total = result.stdout.splitlines()[-1].split()[:3]
        assert equal == total

"""Files of events as sessions: order of rows and of sessions, cuts, formats, and rows that are no events."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.event_files import EventColumns, EventFileError, TimedSessions, arrange, read_event_file
from evaluation.sessions import Numbering, cut_cases
from events.values import parse_timestamp

BY_SESSION = EventColumns(session="s", product="p", time="t")
BY_VISITOR = EventColumns(visitor="v", product="p", time="t")
SERENADE = os.environ.get("TEST_SERENADE_DIR", "")
RETAILROCKET = os.environ.get("TEST_RETAILROCKET_CSV", "")


def read(path: Path, content: str, columns: EventColumns = BY_SESSION) -> tuple[TimedSessions, list[list[str]]]:
    """What is read, and its sessions as product ids."""
    path.write_bytes(content.encode())
    numbering = Numbering()
    found = read_event_file(path, columns, numbering)
    return found, ids(found, numbering)


def ids(found: TimedSessions, numbering: Numbering) -> list[list[str]]:
    return [[numbering.ids[n] for n in found.sessions[place]] for place in range(len(found.sessions))]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.txt"


def test_rows_go_by_time_and_sessions_by_their_last_click(path: Path) -> None:
    # Session 9 begins first and ends last; the rows of 7 are in two places.
    found, sessions = read(path, "s\tp\tt\n9\ta\t10.0\n7\tc\t30.5\n9\tb\t90.0\n7\ta\t20.0\n8\tz\t40.0\n")
    assert sessions == [["a", "c"], ["z"], ["a", "b"]]
    assert found.owners == ["7", "8", "9"]
    assert found.times.tolist() == [20.0, 30.5, 40.0, 10.0, 90.0]
    assert [array.dtype.name for array in (found.times, found.sessions.clicks, found.sessions.starts)] == [
        "float64",
        "int32",
        "int64",
    ]
    assert (found.types.tolist(), found.type_names, found.dropped) == ([-1] * 5, [], 0)


def test_at_equal_times_the_order_of_the_file_holds(path: Path) -> None:
    found, sessions = read(path, "s,p,t\n2,c,5\n1,z,5\n2,a,5\n1,y,5\n2,b,5\n")
    assert sessions == [["c", "a", "b"], ["z", "y"]]
    assert found.owners == ["2", "1"]


def test_a_pause_of_half_an_hour_cuts_a_visitors_events(path: Path) -> None:
    times = [0, 1799, 3599, 3600 + 1000]
    rows = "".join(f"ann,p{time},{time}\n" for time in reversed(times)) + "bob,q,3598\n"
    found, sessions = read(path, "v,p,t\n" + rows, BY_VISITOR)
    assert sessions == [["p0", "p1799"], ["q"], ["p3599", "p4600"]]
    assert found.owners == ["ann", "bob", "ann"]


def test_a_pause_does_not_cut_a_session_that_the_file_knows(path: Path) -> None:
    _, sessions = read(path, "s,p,t\nx,a,0\nx,b,999999\n")
    assert sessions == [["a", "b"]]


def test_the_pause_can_be_another(path: Path) -> None:
    path.write_text("v,p,t\nann,a,0\nann,b,59\nann,c,119\n")
    numbering = Numbering()
    assert ids(read_event_file(path, BY_VISITOR, numbering, gap_seconds=60.0), numbering) == [["a", "b"], ["c"]]


def test_types_stay_beside_their_clicks(path: Path) -> None:
    columns = EventColumns(visitor="v", product="p", time="t", type="kind")
    content = "t,v,kind,p,more\n9,ann,cart,a,x\n5,ann,view,a,x\n3,bob,view,b,x\n"
    found, sessions = read(path, content, columns)
    assert sessions == [["b"], ["a", "a"]]
    assert [found.type_names[n] for n in found.types] == ["view", "view", "cart"]


def test_products_keep_the_numbers_they_have(path: Path) -> None:
    numbering = Numbering()
    for known in ("007", "b"):
        numbering.number(known)
    path.write_text("s,p,t\n1,new,1\n1,b,2\n1,007,3\n1,7,4\n")
    found = read_event_file(path, BY_SESSION, numbering)
    assert found.sessions.clicks.tolist() == [2, 1, 0, 3]
    assert numbering.ids == ["007", "b", "new", "7"]


@pytest.mark.parametrize("product", ["NA", "null", "nan", "1e5", "0012", '"a, b"'])
def test_ids_are_text(path: Path, product: str) -> None:
    _, sessions = read(path, f"s,p,t\n1,{product},1\n")
    assert sessions == [[product.strip('"')]]


@pytest.mark.parametrize(
    "times",
    [
        ("1592337718", "1592337719.5"),
        ("1592337718000", "1592337719500"),
        ("1592337718000000", "1592337719500000"),
        ("1592337718000000000", "1592337719500000000"),
        ("2020-06-16 20:01:58 UTC", "2020-06-16 20:01:59.5 UTC"),
        ("2020-06-16T20:01:58Z", "2020-06-16T22:01:59.500+02:00"),
    ],
)
def test_times_in_any_unit_or_as_text(path: Path, times: tuple[str, str]) -> None:
    found, sessions = read(path, f"s,p,t\n1,b,{times[1]}\n1,a,{times[0]}\n")
    assert sessions == [["a", "b"]]
    assert found.times.tolist() == [1592337718.0, 1592337719.5]


@pytest.mark.parametrize("number", [9_999_999_999, 4 * 10**10, 10**13 - 1, 4 * 10**13, 9 * 10**15, 4 * 10**16])
def test_units_are_told_apart_as_those_of_events_are(path: Path, number: int) -> None:
    found, _ = read(path, f"s,p,t\n1,a,{number}\n")
    assert found.times.tolist() == pytest.approx([parse_timestamp(number)], rel=1e-12)


def test_rows_that_are_no_events_are_left_out_and_counted(path: Path) -> None:
    rows = ["1,a,5", ",b,6", "1,,7", "1,c,", "1,d,soon", "1,e,inf", "1,f", " 1 , g , 8 ", "1,h,9,more"]
    found, sessions = read(path, "\ufeffs,p,t\r\n" + "\r\n".join(rows) + "\r\n")
    assert sessions == [["a", "g", "h"]]
    assert found.dropped == 6


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "cannot read .*: No columns to parse"),
        ("s,p,t\n", "has no row with an id, a product and a time"),
        ("s,p,t\n1,a,yesterday\n", "has no row with an id, a product and a time"),
        ("s,p,time\n1,a,5\n", "has no column 't'; its columns are s, p, time"),
        ('s,p,t\n1,"a,5\n', "cannot read .*EOF inside string"),
    ],
)
def test_a_file_without_events_is_refused(path: Path, content: str, reason: str) -> None:
    with pytest.raises(EventFileError, match=reason) as caught:
        read(path, content)
    assert str(path) in str(caught.value)


def test_files_that_cannot_be_read_are_refused(path: Path) -> None:
    with pytest.raises(EventFileError, match=r"cannot read .*events\.txt: No such file"):
        read_event_file(path, BY_SESSION, Numbering())
    path.write_bytes(b"s,p,t\n1,\xff\xfe,5\n")
    with pytest.raises(EventFileError, match=r"cannot read .*events\.txt: .*utf-8"):
        read_event_file(path, BY_SESSION, Numbering())


def test_a_mapping_names_the_session_or_the_visitor() -> None:
    for named in ({}, {"session": "s", "visitor": "v"}):
        with pytest.raises(EventFileError, match="either the column of the session or that of the visitor"):
            EventColumns(product="p", time="t", **named)


ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40)), min_size=1, max_size=60)


@given(ROWS, st.sampled_from([3.0, 10.0, np.inf]))
def test_arrange_is_what_its_words_say(rows: list[tuple[int, int]], gap: float) -> None:
    owners, times = np.array([owner for owner, _ in rows]), np.array([time for _, time in rows], np.float64)
    order, starts = arrange(owners, times, gap)
    expected: list[list[int]] = []
    for owner in range(5):
        own = sorted((row for row in range(len(rows)) if rows[row][0] == owner), key=lambda row: rows[row][1])
        for place, row in enumerate(own):
            if place == 0 or rows[row][1] - rows[own[place - 1]][1] >= gap:
                expected.append([])
            expected[-1].append(row)
    expected.sort(key=lambda session: rows[session[-1]][1])
    assert [part.tolist() for part in np.split(order, starts[1:-1])] == expected
    assert starts[-1] == len(rows)


@pytest.mark.skipif(not SERENADE, reason="TEST_SERENADE_DIR names no folder")
def test_serenades_sample() -> None:
    numbering = Numbering()
    columns = EventColumns(session="SessionId", product="ItemId", time="Time")
    parts = [read_event_file(Path(SERENADE, f"{name}.txt"), columns, numbering) for name in ("train", "valid", "test")]
    assert [len(part.sessions) for part in parts] == [23_753, 330, 302]
    assert [len(part.times) for part in parts] == [113_601, 1_451, 1_233]
    assert len(cut_cases(parts[2].sessions).labels) == 931
    for part in parts:
        assert part.dropped == 0
        check_order(part)


@pytest.mark.skipif(not RETAILROCKET, reason="TEST_RETAILROCKET_CSV names no file")
def test_retailrockets_events() -> None:
    numbering = Numbering()
    columns = EventColumns(visitor="UserId", product="ItemId", time="Time", type="Type")
    found = read_event_file(Path(RETAILROCKET), columns, numbering)
    assert (len(found.times), len(numbering), len({*found.owners}), found.dropped) == (46_547, 13_882, 13_118, 0)
    kinds = dict(zip(found.type_names, np.bincount(found.types).tolist(), strict=True))
    assert kinds == {"view": 43_291, "addtocart": 2_505, "transaction": 751}
    check_order(found)
    pauses = np.diff(found.times)
    pauses[found.sessions.starts[1:-1] - 1] = 0.0
    assert pauses.max() < 1800.0


def check_order(found: TimedSessions) -> None:
    """Times rise within sessions, and last times from session to session."""
    steps = np.diff(found.times)
    steps[found.sessions.starts[1:-1] - 1] = 0.0
    assert steps.min() >= 0.0
    assert np.diff(found.times[found.sessions.starts[1:] - 1]).min() >= 0.0


def test_categories_of_products(path: Path) -> None:
    path.write_text("s,p,t,c\n1,a,1,hats\n1,b,2,\n2,a,3,shoes\n2,c,4,hats\n")
    numbering = Numbering()
    found = read_event_file(path, EventColumns(session="s", product="p", time="t", category="c"), numbering)
    assert {numbering.ids[n]: name for n, name in found.categories.items()} == {"a": "shoes", "c": "hats"}

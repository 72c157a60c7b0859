"""Rows to products and events, and the mapping of columns before that."""

from pathlib import Path

import msgspec
import pytest

from app.commands.batches import Batch, EventFile, Order, build_batches
from app.commands.columns import ColumnsError, check_columns, parse_columns
from app.commands.rejects import Rejected, RejectReport
from app.commands.rows import EVENT_FIELDS, build_event, fit_cells, parse_row
from app.commands.tables import Table
from recommender.product import ALIASES, Product


def product_of(**cells: object) -> Product:
    product = parse_row(2, fit_cells(cells))
    assert isinstance(product, Product)
    return product


def test_a_mapping_is_read_with_quotes_round_commas() -> None:
    mapping = parse_columns('product_id=Id, "name=Title, long",price=Cost=EUR', ALIASES, ALIASES)
    assert mapping == {"product_id": "Id", "name": "Title, long", "price": "Cost=EUR"}
    assert parse_columns("", ALIASES, ALIASES) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("product_id", "is not field=column"),
        ("product_id=", "is not field=column"),
        ("colour=Color", "no field 'colour'; fields are product_id, name"),
        ("name=a,name=b", "name is given twice"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(text: str, message: str) -> None:
    with pytest.raises(ColumnsError, match=message):
        parse_columns(text, ALIASES, ALIASES)


def test_a_column_that_the_file_lacks_is_named_with_those_it_has() -> None:
    with pytest.raises(ColumnsError, match="no column 'Titel'; its columns are id, Title"):
        check_columns({"name": "Titel"}, ["id", "Title"])


def test_text_cells_become_typed_fields() -> None:
    product = product_of(
        id="007",
        title="Two\nlines",
        categories="A > B | C>D|",
        price="1.50",
        in_stock="no",
        labels="x, y|z",
        color="red",
    )
    assert product == Product(
        product_id="007",
        name="Two lines",
        categories=("A > B", "C > D"),
        price=1.5,
        available=False,
        tags=("x", "y", "z"),
        attributes={"color": "red"},
    )


def test_an_attributes_cell_may_hold_a_json_object() -> None:
    assert product_of(id="1", attributes='{"size": 4, "on": true}').attributes == {"size": 4.0, "on": True}


def test_a_text_too_long_for_an_attribute_does_not_cost_the_product() -> None:
    assert product_of(id="1", description="long " * 300, color="red").attributes == {"color": "red"}
    assert isinstance(parse_row(2, fit_cells({"id": "1", "name": "long " * 300})), Rejected)


def test_a_row_that_is_no_product_names_the_field() -> None:
    rejected = parse_row(7, {"id": "1", "price": "cheap"})
    assert isinstance(rejected, Rejected)
    assert str(rejected).startswith("line 7: price: price must be a finite number")


def test_events_are_sent_as_they_stand_but_numeric_times_are_numbers() -> None:
    cells = {"user_id": "007", "timestamp": " 1441852593 ", "price": "35.79", "event_type": "view"}
    assert build_event(2, cells) == {"user_id": "007", "timestamp": 1441852593, "price": "35.79", "event_type": "view"}
    assert build_event(2, {"user_id": "1", "ts": "1441852593.25"}) == {"user_id": "1", "ts": 1441852593.25}
    text = {"user_id": "1", "time": "2019-10-01 00:00:00 UTC"}
    assert build_event(2, text) == text


def test_a_row_without_a_visitor_is_not_sent() -> None:
    assert isinstance(build_event(9, {"event_type": "view", "product_id": "1"}), Rejected)
    assert not isinstance(build_event(9, {"event_type": "view", "visitorId": "b1"}), Rejected)


CSV = "Time,Who,What,Item,Shop\n" + "".join(f"{1441852593 + n},u{n},view,p{n},s\n" for n in range(10)) + "cut,off\n"
MAPPING = parse_columns("timestamp=Time,user_id=Who,event_type=What,product_id=Item", EVENT_FIELDS, EVENT_FIELDS)


def batches_of(folder: Path, order: Order, **options: object) -> tuple[list[Batch], list[Rejected]]:
    path = folder / "events.csv"
    path.write_text(CSV)
    rejected: list[Rejected] = []
    source = EventFile(Table(path), MAPPING, **options)  # type: ignore[arg-type]
    return list(build_batches(source, order, rejected.append)), rejected


def test_every_row_is_in_one_batch_and_broken_ones_are_reported_once(tmp_path: Path) -> None:
    batches, rejected = batches_of(tmp_path, Order(batch=4, repeat=2))
    assert [len(batch.events) for batch in batches] == [4, 4, 2, 4, 4, 2]
    assert [line for batch in batches for line in batch.lines] == [*range(2, 12), *range(2, 12)]
    assert [batch.is_repeated for batch in batches] == [False] * 3 + [True] * 3
    assert [(r.line, r.reason) for r in rejected] == [(12, "2 fields where the header has 5")]
    assert batches[-1].share == 1.0
    assert batches[0].events[0] == {
        "timestamp": 1441852593, "user_id": "u0", "event_type": "view", "product_id": "p0"
    }  # fmt: skip


def test_shuffling_keeps_lines_with_their_events_and_is_the_same_for_a_seed(tmp_path: Path) -> None:
    batches, _ = batches_of(tmp_path, Order(batch=10, seed=7))
    again, _ = batches_of(tmp_path, Order(batch=10, seed=7))
    assert batches == again
    lines = batches[0].lines
    assert lines != sorted(lines)
    assert sorted(lines) == list(range(2, 12))
    assert [event["user_id"] for event in batches[0].events] == [f"u{line - 2}" for line in lines]


def test_a_limit_and_kept_columns(tmp_path: Path) -> None:
    batches, rejected = batches_of(tmp_path, Order(), limit=3, keep_columns=True)
    assert [batch.lines for batch in batches] == [[2, 3, 4]]
    assert batches[0].events[2]["properties"] == {"Shop": "s"}
    left, right = batches[0].halves()
    assert left.lines + right.lines == [2, 3, 4]
    assert left.events + right.events == batches[0].events


def test_the_report_shows_the_first_rows_and_the_file_has_all(tmp_path: Path) -> None:
    path = tmp_path / "rejected.jsonl"
    with RejectReport(path) as report:
        for line in range(30, 0, -1):
            report.add(Rejected(line, "price", "is no number"))
    assert report.count == 30
    assert report.lines()[0] == "line 11: price: is no number"
    assert len(report.lines()) == 21
    assert report.lines()[-1] == f"... and 10 more; all of them are in {path}"
    written = [msgspec.json.decode(line, type=Rejected) for line in path.read_bytes().splitlines()]
    assert sorted(rejected.line for rejected in written) == list(range(1, 31))

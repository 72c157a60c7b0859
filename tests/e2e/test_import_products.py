"""`flask import-products` on files made here, into a running service."""

import json
from pathlib import Path

import pytest
import requests

from tests.processes import wait_until
from tests.servers import RunningService

FEED = """id,title,category_code,cost,availability,labels,color
imp-1,"Lamp,
tall",Home > Lamps|Sale,19.90,in stock,"new, warm",white
imp-2,Radio,Electronics,,no,,
imp-3,Broken,Electronics,cheap,yes,,
imp-4,Short row,Electronics
,No id,Electronics,1,yes,,
imp-1,"Lamp",Home > Lamps,17.50,in stock,,black
"""
COLUMNS = "name=title,categories=category_code,price=cost"


def read(service: RunningService, product_id: str) -> dict[str, object]:
    answer = requests.get(f"{service.url}/v1/products/{product_id}", timeout=10)
    assert answer.status_code == 200, answer.text
    product: dict[str, object] = answer.json()
    assert isinstance(product.pop("added"), float)  # when it was first seen, as the feed does not say
    return product


def test_a_feed_becomes_products_and_a_report(service: RunningService, tmp_path: Path) -> None:
    feed, rejected = tmp_path / "feed.csv", tmp_path / "rejected.jsonl"
    feed.write_text(FEED)
    result = service.flask("import-products", str(feed), "--columns", COLUMNS, "--rejected", str(rejected))
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert lines[0] == "feed.csv: 6 rows, 3 accepted (2 created, 1 updated), 3 rejected"
    assert lines[1].startswith("line 5: price: price must be a finite number")
    assert lines[2] == "line 6: 3 fields where the header has 7"
    assert lines[3].startswith("line 7: product_id: ")
    assert "products/s" in lines[4]
    assert [json.loads(line)["line"] for line in rejected.read_text().splitlines()] == [6, 5, 7]
    # The later row of the same product replaces the earlier one, whole.
    assert read(service, "imp-1") == {
        "product_id": "imp-1", "name": "Lamp", "categories": ["Home > Lamps"], "price": 17.5,
        "attributes": {"color": "black"},
    }  # fmt: skip
    assert read(service, "imp-2") == {
        "product_id": "imp-2", "name": "Radio", "categories": ["Electronics"], "available": False
    }  # fmt: skip


def test_imported_products_are_recommended_without_a_restart(service: RunningService, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    products = [
        {"sku": f"seen-{n}", "category": ["Imported > Hats", "Sale"], "popularity_score": 0.5, "brand": "Acme"}
        for n in range(5)
    ]
    feed.write_text("".join(json.dumps(product) + "\n" for product in products))
    result = service.flask("import-products", str(feed), "--batch", "2", "--progress")
    assert result.returncode == 0, result.stderr
    assert "5 accepted (5 created, 0 updated), 0 rejected" in result.stdout
    assert "100%" in result.stderr

    def is_recommended() -> bool:
        asked: dict[str, str] = {"user_id": "somebody", "category": "Imported > Hats", "limit": "10"}
        answer = requests.get(f"{service.url}/recommend", params=asked, timeout=10).json()
        return {pick["product_id"] for pick in answer["recommendations"]} == {f"seen-{n}" for n in range(5)}

    wait_until(is_recommended)


def test_parquet_is_imported(service: RunningService, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {"item_id": [90_001, 90_002], "cats": [["A > B", "C"], ["D"]], "price": [None, 2.5]}
    parquet.write_table(pa.table(columns), tmp_path / "feed.parquet")
    result = service.flask("import-products", str(tmp_path / "feed.parquet"), "--columns", "categories=cats")
    assert result.returncode == 0, result.stderr
    assert read(service, "90001") == {"product_id": "90001", "categories": ["A > B", "C"]}
    assert read(service, "90002") == {"product_id": "90002", "categories": ["D"], "price": 2.5}


@pytest.mark.parametrize(
    ("name", "content", "arguments", "message"),
    [
        ("missing.csv", None, (), "Error: cannot read"),
        ("none.csv", "id,price\n1,cheap\n", (), "could be used"),
        ("columns.csv", "id,price\n1,2\n", ("--columns", "name=Title"), "no column 'Title'; its columns are id, price"),
        ("field.csv", "id,price\n1,2\n", ("--columns", "colour=price"), "no field 'colour'"),
        ("feed.xml", "<a/>", (), "give --delimiter"),
    ],
)
def test_what_cannot_be_imported_ends_with_one_line_and_code_1(
    service: RunningService, tmp_path: Path, name: str, content: str | None, arguments: tuple[str, ...], message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    result = service.flask("import-products", str(tmp_path / name), *arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1

"""How well weights do in shops that they were not found in: three public data sets, read where they are."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from evaluation.data import Data, read_files, read_folder
from evaluation.event_files import EventColumns
from evaluation.judging import judge, judge_online
from evaluation.metrics import Figures
from evaluation.next_click import Report
from recommender.tuned import Tuned


class PublicShop(msgspec.Struct, frozen=True):
    """A data set as it is published, in a folder of this `name`: files of events, or none where the folder is in the
    layout of `evaluation/folder.py`. Without training every event of `test` is test and training.
    """

    name: str
    train: tuple[str, ...] = ()
    test: str = ""
    columns: EventColumns | None = None


SHOPS = (
    PublicShop("diginetica"),
    PublicShop(
        "serenade_sample",
        ("train.txt", "valid.txt"),
        "test.txt",
        EventColumns(session="SessionId", product="ItemId", time="Time"),
    ),
    PublicShop(
        "retailrocket",
        test="events_8days.csv",
        columns=EventColumns(visitor="UserId", product="ItemId", time="Time", category="CatId"),
    ),
)


def judge_transfer(root: Path, candidates: Sequence[Tuned], report: Report) -> dict[str, list[Figures]]:
    """Figures of each candidate by the name of the shop, for those of `SHOPS` that have a folder in `root`.

    Raises:
        FolderError, EventFileError: a file of a folder cannot be used.
    """
    figures = {}
    for shop in SHOPS:
        if (root / shop.name).is_dir():
            data = _read(root / shop.name, shop)
            figures[shop.name] = (judge if len(data.train) else judge_online)(data, candidates, report)
    return figures


def _read(folder: Path, shop: PublicShop) -> Data:
    if shop.columns is None:
        return read_folder(folder)
    return read_files([folder / name for name in shop.train], folder / shop.test, shop.columns)

"""A small shop in which every product has one that follows it, as files to evaluate on."""

import random
from collections.abc import Iterable
from pathlib import Path

PRODUCTS = 60
Session = list[str]


def follower(product: int) -> int:
    """The product that visitors go to from `product`."""
    return (7 * product + 3) % PRODUCTS


def build_sessions(count: int, seed: int) -> list[Session]:
    """Sessions of two to four clicks that follow the rule."""
    rng = random.Random(seed)
    sessions = []
    for _ in range(count):
        clicks = [rng.randrange(PRODUCTS)]
        for _ in range(rng.randint(1, 3)):
            clicks.append(follower(clicks[-1]))
        sessions.append([f"p{click}" for click in clicks])
    return sessions


def write_folder(folder: Path, train: Iterable[Session], test: Iterable[Session]) -> Path:
    """The folder that `--data` reads: training, cases, categories of ten products each."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train_sessions.txt").write_text("".join(" ".join(session) + "\n" for session in train))
    cases = [(session[:n], session[n]) for session in test for n in range(len(session) - 1, 0, -1)]
    (folder / "test_prefixes.tsv").write_text("".join(f"{' '.join(prefix)}\t{label}\n" for prefix, label in cases))
    rows = "".join(f"p{product},c{product // 10}\n" for product in range(PRODUCTS))
    (folder / "item_category.csv").write_text("item,category\n" + rows)
    return folder


def write_events(path: Path, sessions: Iterable[Session], first: int = 0) -> Path:
    """A file of events: a session every minute from minute `first` on, a click a second."""
    rows = [
        f"s{n},{product},{60 * n + place}\n"
        for n, session in enumerate(sessions, start=first)
        for place, product in enumerate(session)
    ]
    path.write_text("SessionId,ItemId,Time\n" + "".join(rows))
    return path

"""The body of the operator's overview. `overview.py` fills it; docs/admin.md says what each field means."""

import msgspec


class RequestCount(msgspec.Struct):
    """Requests answered since gunicorn started."""

    method: str
    route: str
    status: str
    count: int


class EventCount(msgspec.Struct):
    """Events received since gunicorn started."""

    type: str
    result: str
    count: int


class SlateCount(msgspec.Struct):
    """Slates answered since gunicorn started."""

    strategy: str
    fallback: str
    degraded: bool
    count: int


class Durations(msgspec.Struct):
    """Requests of a route by how long they took: `buckets` up to each bound of `Traffic`, the last one for all."""

    route: str
    buckets: list[int]
    seconds: float


class Traffic(msgspec.Struct):
    """Counters of all workers together; `bounds` in seconds. Differences between two answers make rates."""

    bounds: list[float]
    requests: list[RequestCount]
    durations: list[Durations]
    events: list[EventCount]
    recommendations: list[SlateCount]
    store_errors: int


class Worker(msgspec.Struct):
    """A living web worker and how many available products its catalogue has."""

    pid: int
    products: int


class Learner(msgspec.Struct):
    """What the learner last said, at `at`. `newest`: when the last entry that it learnt had been appended, or null."""

    at: float
    running: bool
    lag_seconds: float
    newest: float | None
    learnt: int
    buried: int
    ignored: dict[str, int]


class TableRows(msgspec.Struct):
    """Tables of one purpose: how many of their rows are in use, and how large their files are."""

    name: str
    rows: int
    room: int
    bytes: int


class ModelState(msgspec.Struct):
    """`created`: when the version was promoted, null for what the service comes with; `snapshot_at`: of the newest."""

    version: int
    created: float | None
    refused: str
    snapshot_at: float | None
    tables: list[TableRows]


class PlacedOutcome(msgspec.Struct):
    """What came of a source's products in a placement; `placement` is null for those that have no name of their own."""

    placement: str | None
    source: str
    shown: float
    clicked: float
    click_through: float | None


class Trend(msgspec.Struct):
    """A product that is wanted `rate` times as much as usual."""

    product_id: str
    name: str
    rate: float
    score: float


class Overview(msgspec.Struct):
    """The state of the service at `at`; `learner` is null where none ever ran."""

    at: float
    version: str
    workers: list[Worker]
    traffic: Traffic
    learner: Learner | None
    model: ModelState
    outcomes: list[PlacedOutcome]
    trending: list[Trend]

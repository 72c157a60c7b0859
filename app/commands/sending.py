"""Batches of events to the service, and what it said to them."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from app.commands.batches import Batch
from app.commands.client import ServiceClient, ServiceError
from app.commands.parallel import ask_all
from app.commands.progress import Progress
from app.commands.rejects import Rejected, RejectReport
from events.event import EventProblem

PATH = "/track-event"
# The service's word for an event whose products are too many beside those of earlier events of the request.
CROWDED = "too_many_products"


class _Reply(msgspec.Struct):
    """What matters in the answers to several events, and in problems."""

    accepted: int = 0
    duplicates: int = 0
    errors: list[EventProblem] = []
    detail: str = ""


class Sent(NamedTuple):
    """What became of one batch."""

    batch: Batch
    accepted: int
    duplicates: int
    rejected: list[Rejected]
    retries: int


class Totals:
    """What became of all batches. Rejected rows are reported when they are first sent."""

    def __init__(self, report: RejectReport) -> None:
        self._report = report
        self.accepted = self.duplicates = self.retries = 0
        self.rejected_lines: set[int] = set()

    def reject(self, rejected: Rejected) -> None:
        """Take note of a row that could not be used."""
        self.rejected_lines.add(rejected.line)
        self._report.add(rejected)

    def send(self, batches: Iterable[Batch], url: str, clients: int, bar: Progress) -> None:
        """Send everything over so many connections at once.

        Raises:
            ServiceError: the service stays away, or does not take events; what was sent before is applied.
        """
        for sent in ask_all(batches, send_batch, url, clients):
            self.accepted += sent.accepted
            self.duplicates += sent.duplicates
            self.retries += sent.retries
            if not sent.batch.is_repeated:
                for rejected in sent.rejected:
                    self.reject(rejected)
            bar.advance(len(sent.batch.events), sent.batch.share)


def send_batch(client: ServiceClient, batch: Batch) -> Sent:
    """Send a batch; what is too much for one request of the service goes in several.

    Raises:
        ServiceError: the service does not take it for a reason that is not in its events.
    """
    answer = client.ask("POST", PATH, msgspec.json.encode({"events": batch.events}))
    if answer.status == 413 and len(batch.events) > 1:
        return _join(Sent(batch, 0, 0, [], answer.retries), [send_batch(client, half) for half in batch.halves()])
    try:
        reply = msgspec.json.decode(answer.body, type=_Reply)
    except msgspec.MsgspecError:
        raise ServiceError(f"POST {PATH} was answered with status {answer.status} and no JSON") from None
    if answer.status == 413:
        return Sent(batch, 0, 0, [Rejected(batch.lines[0], "", reply.detail)], answer.retries)
    if answer.status != 200 and not (answer.status == 422 and reply.errors):
        raise ServiceError(f"POST {PATH} was answered with status {answer.status}: {reply.detail}")
    late = [error.index for error in reply.errors if error.code == CROWDED]
    late = late if len(late) < len(batch.events) else []
    rejected = [
        Rejected(batch.lines[error.index], error.field, error.detail)
        for error in reply.errors
        if error.index not in late
    ]
    sent = Sent(batch, reply.accepted, reply.duplicates, rejected, answer.retries)
    return _join(sent, [send_batch(client, batch.part(late))]) if late else sent


def _join(sent: Sent, others: list[Sent]) -> Sent:
    parts = [sent, *others]
    return Sent(
        sent.batch,
        sum(part.accepted for part in parts),
        sum(part.duplicates for part in parts),
        [rejected for part in parts for rejected in part.rejected],
        sum(part.retries for part in parts),
    )

"""A ranker for each thread, over the tables and weights of now."""

import threading

from recommender.from_sessions import Expert
from recommender.hybrid import Ranker
from recommender.model_reader import ModelReader
from recommender.version import Current
from recommender.versions import Versions


class Experts:
    """`get` gives each thread its own `Expert`, whose working memory nobody else writes.

    `ready` is to be set once kernels are compiled: until then there are no experts, for a request must not wait for
    that. One thread calls `follow`, which takes over the weights of the version in use.
    """

    def __init__(self, reader: ModelReader, versions: Versions) -> None:
        self._reader, self._versions = reader, versions
        self.version: Current = versions.read_current()
        self._threads = threading.local()
        self.ready = threading.Event()

    def follow(self) -> bool:
        """Take over the version in use; returns whether that is another one than before."""
        if self._versions.is_current():
            return False
        self.version = self._versions.read_current()
        return True

    def get(self) -> Expert | None:
        """This thread's expert, None while there is no model."""
        view, tuned = self._reader.view, self.version.tuned
        if view is None or not self.ready.is_set():
            return None
        expert: Expert | None = getattr(self._threads, "expert", None)
        if expert is None or expert.view is not view or expert.tuned is not tuned:
            expert = self._threads.expert = Expert(view, Ranker(view.tables, tuned.weights), tuned)
        return expert

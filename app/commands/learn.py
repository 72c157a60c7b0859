"""`flask learn`: the learner's process."""

import signal
import threading

import click

from app.container import Container


def build_learn(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("learn")
    def learn() -> None:
        """Learn from the event log until SIGTERM or SIGINT; run one of these on each host."""
        from learner.warm import warm_learning
        from recommender.table_schema import TableError

        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        try:
            warm_learning()
            container.log.info("learner_started")
            container.build_learner().run(stopping.wait)
            container.log.info("learner_stopped")
        except TableError as error:
            raise click.ClickException(str(error)) from error

    return learn

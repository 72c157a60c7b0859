"""`flask stream`: the process that holds the connections of listeners."""

import asyncio

import click

from app.container import Container


def build_stream(container: Container) -> click.Command:
    """The command, bound to its collaborators."""

    @click.command("stream")
    def stream() -> None:
        """Push recommendations to listeners until SIGTERM or SIGINT; run one of these beside each web server."""
        from app.push.door import DoorTaken

        try:
            asyncio.run(container.run_stream())
        except DoorTaken as error:
            raise click.ClickException(str(error)) from error

    return stream

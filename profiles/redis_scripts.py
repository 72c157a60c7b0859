"""The Lua scripts beside this file, and calling them in one round trip."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import redis

from profiles.errors import StoreUnavailable
from profiles.redis_link import Command, Link

# What Redis says when it cannot take the write now, though the connection works.
_REFUSALS = ("MISCONF", "OOM", "READONLY", "LOADING", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS", "TRYAGAIN")


class Script:
    """One Lua verb: its source and the SHA-1 that Redis knows it by.

    `constants` become locals of a script that needs `profile.lua`: what never changes need not be sent each time.
    """

    def __init__(self, name: str, constants: Mapping[str, int] | None = None) -> None:
        own = files("profiles").joinpath(f"{name}.lua").read_text()
        self.source = own
        if constants is not None:
            lines = [f"local {key} = {value}" for key, value in constants.items()]
            self.source = "\n".join([*lines, files("profiles").joinpath("profile.lua").read_text(), own])
        self.sha = hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class Call:
    """A script with its keys and arguments."""

    def __init__(self, script: Script, keys: Sequence[str], arguments: Sequence[Any]) -> None:
        self.script, self.keys, self.arguments = script, keys, arguments

    @property
    def command(self) -> tuple[Any, ...]:
        """The EVALSHA command."""
        return ("EVALSHA", self.script.sha, len(self.keys), *self.keys, *self.arguments)


def run(link: Link, calls: Sequence[Call]) -> list[Any]:
    """Run calls in one round trip, or three when the server does not know a script yet.

    Raises:
        StoreUnavailable: the server does not answer, or refuses writes.
    """
    replies = ask(link, [call.command for call in calls])
    missing = [i for i, reply in enumerate(replies) if isinstance(reply, redis.exceptions.NoScriptError)]
    if missing:
        sources = {calls[i].script.source for i in missing}
        ask(link, [("SCRIPT", "LOAD", source) for source in sources])
        again = ask(link, [calls[i].command for i in missing])
        for i, reply in zip(missing, again, strict=True):
            replies[i] = reply
    return check(replies)


def check(replies: list[Any]) -> list[Any]:
    """The same replies.

    Raises:
        StoreUnavailable: one of them says that the server cannot answer now; any other error reply as it is.
    """
    for reply in replies:
        if isinstance(reply, Exception):
            raise as_unavailable(reply) from reply
    return replies


def ask(link: Link, commands: Sequence[Command]) -> list[Any]:
    """`Link.ask` with the domain's error.

    Raises:
        StoreUnavailable: the server does not answer.
    """
    try:
        return link.ask(commands)
    except redis.RedisError as error:
        raise as_unavailable(error) from error


def as_unavailable(error: Exception) -> Exception:
    """The domain's error for an outage; any other error as it is, for it is a fault of ours."""
    outage = isinstance(error, redis.ConnectionError | redis.TimeoutError)
    if outage or str(error).startswith(_REFUSALS):
        return StoreUnavailable(str(error))
    return error

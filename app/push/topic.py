"""One question that is asked again whenever its visitor's profile changes, for all who listen to the answer."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from app.push.asker import AskFailed
from app.push.frames import read_answer, render_event
from app.push.listener import Listener

# Events come in bursts (a view, its dwell, an impression); so long is waited from the first one of them.
DEBOUNCE_SECONDS = 0.05
# After an answer that could not be had, or that was made without the profile.
AGAIN_SECONDS = 1.0
Ask = Callable[[str], Awaitable[bytes]]


class Topic:
    """A query of `/recommend` and its listeners. `keys` are the visitors whose change is a reason to ask again."""

    def __init__(self, key: str, query: str, ask: Ask) -> None:
        self.key, self.query = key, query
        self.keys = {key}
        self.listeners: set[Listener] = set()
        self._ask = ask
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stale = False

    def refresh(self, delay: float = DEBOUNCE_SECONDS) -> None:
        """Ask again after `delay` seconds. What is said meanwhile is answered by the same asking."""
        if self._task is not None:
            self._is_stale = True  # what is being asked may be answered from before the change
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(delay, self._start)

    def close(self) -> None:
        """Ask no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _start(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        again = None
        try:
            again = None if await self._deliver() else AGAIN_SECONDS
        except (AskFailed, msgspec.MsgspecError):
            again = AGAIN_SECONDS
        finally:
            self._task = None
        if self._is_stale and again is None:
            again = DEBOUNCE_SECONDS
        self._is_stale = False
        if self.listeners and again is not None:
            self.refresh(again)

    async def _deliver(self) -> bool:
        """Show the answer of now to all listeners. False when it says nothing of the visitor: the store is down."""
        body = await self._ask(self.query)
        answer = read_answer(body)
        if answer.degraded:
            return False
        token = answer.token
        frame, now = render_event(body, token), asyncio.get_running_loop().time()
        for listener in self.listeners:
            listener.show(frame, token, now)
        return True

"""One question that is asked again whenever its visitor's profile changes, for all who listen to the answer."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from app.push.asker import AskFailed
from app.push.frames import read_answer, render_event
from app.push.listener import Listener

# Events come in bursts (a view, its dwell, an impression); so long is waited from the first one of them.
DEBOUNCE_SECONDS = 0.05
# After an answer that could not be had, or that was made without the profile; twice as long each time, up to a limit.
AGAIN_SECONDS = 0.2
MAX_AGAIN_SECONDS = 30.0
Ask = Callable[[str], Awaitable[bytes]]


class Topic:
    """A question to `/recommend` and its listeners. `keys` are the visitors whose change is a reason to ask again."""

    def __init__(self, key: str, question: str, ask: Ask) -> None:
        self.key, self.question = key, question
        self.keys = {key}
        self.listeners: set[Listener] = set()
        self._ask = ask
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stale = False
        self._failures = 0

    def refresh(self, delay: float = DEBOUNCE_SECONDS) -> None:
        """Ask again in at most `delay` seconds. What is said meanwhile is answered by the same asking."""
        loop = asyncio.get_running_loop()
        if self._task is not None:
            self._is_stale = True  # what is being asked may be answered from before the change
        elif self._timer is None or self._timer.when() > loop.time() + delay:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(delay, self._start)

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
        try:
            is_told = await self._deliver()
        except (AskFailed, msgspec.MsgspecError):
            is_told = False
        finally:
            self._task = None
        is_stale, self._is_stale = self._is_stale, False
        if is_told:
            self._failures = 0
            if is_stale:
                self.refresh()
        elif self.listeners:
            self.refresh(min(AGAIN_SECONDS * 2**self._failures, MAX_AGAIN_SECONDS))
            self._failures = min(self._failures + 1, 10)

    async def _deliver(self) -> bool:
        """Show the answer of now to all listeners. False when it says nothing of the visitor: the store is down."""
        body = await self._ask(self.question)
        answer = read_answer(body)
        if answer.degraded:
            return False
        token = answer.token
        frame, now = render_event(body, token), asyncio.get_running_loop().time()
        for listener in self.listeners:
            listener.show(frame, token, now)
        return True

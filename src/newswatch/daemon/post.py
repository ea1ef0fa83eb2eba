"""The mail thread: letters go out one after the other, and a slow server delays them alone.

Rule: a letter is marked before the next is sent, or a kill would send as many twice as wait to be marked. What comes of
each is told, also where sending it raises: it is tried again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from newswatch import deliver
from newswatch.daemon.messages import Beat, Told
from newswatch.deliver import Send
from newswatch.model import Letter, Sent

AT_ONCE = 100  # letters that it has at once
MARK_SECONDS = 1.0  # between two looks whether it is to end, while a letter is not marked


class Post:
    """Sends by *send*, which may be put in the place of another; *told* hears of each letter, *moved* whenever it
    is at work; *ends* says that nothing more is to be sent.
    """

    def __init__(
        self,
        send: Send,
        *,
        told: Callable[[Told], None],
        moved: Callable[[], None],
        ends: Callable[[], bool],
    ) -> None:
        self.send = send
        self.waiting: queue.Queue[Letter | Beat | None] = queue.Queue()
        self._told, self._moved, self._ends = told, moved, ends
        self._sending: set[str] = set()
        self._marked = threading.Condition()  # a letter is no more among those
        self._asked = False  # whether it is at work
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def end(self) -> None:
        """Send nothing behind the letter in hand."""
        self.waiting.put(None)

    def ended(self, within: float) -> bool:
        """Whether the letter in hand has its answer, at the latest after so many seconds."""
        self._thread.join(within)
        return not self._thread.is_alive()

    def take(self, unsent: Callable[[int], Iterable[Letter]]) -> None:
        """Take what is *unsent*, which is asked for so many letters at most: one that is sealed later need not stand
        behind a crowd.
        """
        if 2 * len(self._sending) > AT_ONCE:
            return
        for letter in unsent(AT_ONCE + len(self._sending)):
            if letter.id not in self._sending:
                self._sending.add(letter.id)
                self.waiting.put(letter)

    def marked(self, letter: str) -> None:
        """A letter's answer is kept, so that the next may go."""
        with self._marked:
            self._sending.discard(letter)
            self._marked.notify_all()

    def ask(self) -> None:
        """Have it say that it is at work, when it has taken what lies before that."""
        if not self._asked:
            self._asked = True
            self.waiting.put(Beat())

    def _run(self) -> None:
        while (letter := self.waiting.get()) is not None and not self._ends():
            if isinstance(letter, Beat):
                self._beaten()
                continue
            asked = [letter]
            try:
                for taken, sent in deliver.each(self.send, self._those_behind(asked)):
                    self._told(Told(taken, sent))
                    self._moved()
                    asked.remove(taken)
                    with self._marked:
                        while taken.id in self._sending and not self._ends():
                            self._marked.wait(MARK_SECONDS)
            except Exception as error:  # noqa: BLE001 - a letter that cannot be sent is tried again
                for unsent in asked:
                    self._told(Told(unsent, Sent(unsent.id, 0, str(error))))

    def _beaten(self) -> None:
        self._asked = False
        self._moved()

    def _those_behind(self, asked: list[Letter]) -> Iterator[Letter]:
        """The first of *asked*, and what else waits to be sent; *asked* holds what has no answer yet."""
        yield asked[0]
        while not self._ends():
            try:
                letter = self.waiting.get_nowait()
            except queue.Empty:
                return
            if letter is None:
                self.end()  # for whoever waits for the next letter
                return
            if isinstance(letter, Beat):
                self._beaten()
                continue
            asked.append(letter)
            yield letter

"""Changes as JSON lines to a webhook, in batches.

Rule: each line is as docs/changes.schema.json has it; 2xx acknowledges a whole batch. Nothing is passed over: who
refuses for good ends it.
"""

from __future__ import annotations

from collections.abc import Sequence

from newswatch.sinks.misfortune import NotTaken, Patience
from newswatch.sinks.posting import Post
from newswatch.sinks.translating import Change, Standing, line, pieces

BATCH = 500  # changes
LAST = "X-Newswatch-Change-Id"


class Webhook:
    """A webhook, which messages call by its *origin*: the rest of its address may be a secret."""

    anew = "let whoever reads there forget what it was told, then begin again with --since 0"
    forgets = True
    each = 1.0

    def __init__(self, origin: str, post: Post, patience: Patience) -> None:
        self.named = f"the webhook at {origin}"
        self._post, self._patience = post, patience

    def behind(self, last: int) -> int:
        """It needs nothing again."""
        return last

    def is_full(self, changes: Sequence[Change]) -> bool:
        """A batch."""
        return len(changes) >= BATCH

    def take(self, changes: Sequence[Change], _archive: Standing) -> Sequence[str]:
        """Hand the changes over. Raises NotTaken."""
        lines = ((change["id"], line(change)) for change in changes)
        for piece in pieces(lines, lambda one: one[1], BATCH):
            self._take(piece)
        return ()

    def _take(self, piece: Sequence[tuple[int, bytes]]) -> None:
        last, _ = piece[-1]
        headers = {"Content-Type": "application/x-ndjson", LAST: str(last)}
        while True:
            answer = self._post(b"".join(body for _, body in piece), headers)
            if answer.is_taken:
                self._patience.taken(self.named)
                return
            if answer.code == 413 and len(piece) > 1:
                half = len(piece) // 2
                self._take(piece[:half])
                self._take(piece[half:])
                return
            if not answer.may_pass:
                raise NotTaken(
                    f"{self.named}: {answer.said}; changes {piece[0][0]:,} to {last:,} wait until it takes them"
                )
            self._patience.again(self.named, answer.said, answer.after)

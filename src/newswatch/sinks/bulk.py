"""Articles as documents of an index of OpenSearch or Elasticsearch, by their bulk door.

Rule: a document's id is its article's, its version the last change that altered it (`external`), so that what comes
again, however late, changes nothing. Each item of an answer is read by itself: what may pass is tried again, a document
that is refused is named and stands in nobody's way, and where the index itself refuses, nothing is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from newswatch.sinks.misfortune import NotTaken, Patience
from newswatch.sinks.posting import NO_ANSWER, SHOWN, Answer, Post, may_pass
from newswatch.sinks.translating import Change, Standing, document, line, pieces, touched
from newswatch.text import safe_line

BATCH = 500  # changes
STANDS = 409  # what is there is as new, or newer
OF_THE_INDEX = {401, 403, 404}  # not the document's fault: no right, a block, no index


@dataclass(frozen=True, slots=True)
class _Item:
    """One article's action, and the lines that say it."""

    article: str
    change: int
    body: bytes
    deletes: bool


class Bulk:
    """An index, *named* in messages as its address."""

    forgets = False
    each = 1.0

    def __init__(self, named: str, post: Post, patience: Patience) -> None:
        self.named = named
        self.anew = "name a new index, as documents of this one are newer by their numbers; or remove it and the note"
        self._post, self._patience = post, patience

    def behind(self, last: int) -> int:
        """It needs nothing again."""
        return last

    def is_full(self, changes: Sequence[Change]) -> bool:
        """A batch."""
        return len(changes) >= BATCH

    def take(self, changes: Sequence[Change], archive: Standing) -> Sequence[str]:
        """Let the documents of all articles that *changes* alter be as these stand now. Raises NotTaken."""
        refused: list[str] = []
        # A rule that was reworded alters any number.
        for piece in pieces(self._items(changes, archive), lambda item: item.body, BATCH):
            self._take(piece, refused)
        return refused

    def _items(self, changes: Sequence[Change], archive: Standing) -> Iterator[_Item]:
        for article, change in touched(changes, archive).items():
            described = archive.described(article)
            how = {"_id": article, "version": change, "version_type": "external"}
            if described is None:
                yield _Item(article, change, line({"delete": how}), deletes=True)
            else:
                body = line({"index": how}) + line(document(described, change))
                yield _Item(article, change, body, deletes=False)

    def _take(self, items: Sequence[_Item], refused: list[str]) -> None:
        waiting = items
        while True:
            answer = self._post(
                b"".join(item.body for item in waiting), {"Content-Type": "application/x-ndjson"}
            )
            if answer.code == 413:
                if len(waiting) == 1:
                    refused.append(self._named(waiting[0], 413, "it is too large"))
                    return
                half = len(waiting) // 2
                self._take(waiting[:half], refused)
                self._take(waiting[half:], refused)
                return
            if not answer.is_taken and not answer.may_pass:
                raise NotTaken(f"{self.named}: {answer.said}; {_advice(answer.code)}")
            left, why = self._left(answer, waiting, refused)
            if not left:
                self._patience.taken(self.named)
                return
            if len(left) < len(waiting):
                self._patience.some()
            self._patience.again(self.named, why, answer.after)
            waiting = left

    def _left(
        self, answer: Answer, items: Sequence[_Item], refused: list[str]
    ) -> tuple[Sequence[_Item], str]:
        """Which of *items* are to be tried again, and why; those refused for good are named. Raises NotTaken."""
        if not answer.is_taken:
            return items, answer.said
        found = _results(answer.body)
        if found is None or len(found) != len(items):
            return items, "its answer is no answer to a bulk"
        left: list[_Item] = []
        why = ""
        for item, (id_, code, error) in zip(items, found, strict=True):
            if id_ != item.article:
                return items, "its answer is no answer to a bulk"
            if 200 <= code < 300 or code == STANDS or (item.deletes and code == 404 and not error):
                continue
            if code in OF_THE_INDEX:
                raise NotTaken(f"{self.named}: {code} {error}; {_advice(code)}")
            if code == NO_ANSWER or may_pass(code):
                left.append(item)
                why = f"{code} {error}"
            else:
                refused.append(self._named(item, code, error))
        return left, why

    def _named(self, item: _Item, code: int, why: str) -> str:
        return f"{self.named}: article {item.article} (change {item.change:,}) was refused: {code} {why}"


def _results(body: bytes) -> list[tuple[str, int, str]] | None:
    """Of each item of a bulk's answer its id, status and error in words; None for what is no such answer."""
    try:
        items = json.loads(body)["items"]
        return [_result(next(iter(item.values()))) for item in items]
    except (ValueError, LookupError, TypeError, AttributeError, StopIteration, RecursionError):
        return None


def _result(said: Mapping[str, Any]) -> tuple[str, int, str]:
    error = said.get("error") or ""
    if isinstance(error, Mapping):
        cause = error.get("caused_by")
        parts = [error.get("type"), error.get("reason")]
        parts += [cause.get("reason")] if isinstance(cause, Mapping) else []
        error = ": ".join(str(part) for part in parts if part)
    return str(said["_id"]), int(said["status"]), safe_line(str(error))[:SHOWN]


def _advice(code: int) -> str:
    return {
        -1: "nothing was sent",
        401: "see --authorization-file",
        403: "whoever it belongs to must be allowed to write there, and the index must not be closed to writes",
        404: "make the index first, or let the engine make it (action.auto_create_index)",
    }.get(code, "it goes on where it was when that is mended")

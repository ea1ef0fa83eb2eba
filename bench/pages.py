"""How well recorded pages are read, and what it costs: `make bench-crawl`.

    python bench/pages.py [--shared DIR] [--misses FIELD] [--half tuned|kept]

Pages of `site-newspapers` with a marked text, title, author or time. Rules are made on one half of the
publishers, *tuned*; the misses of the other, *kept*, are never looked at. F1 is of four-word sequences, a mean
over pages; times, titles and authors are counted where the gold has them. Cost is CPU time of this process, the
best of three runs, against trafilatura with metadata on the same pages in turns. A text's language is the one that its page names; where
that is another than ours, or none, the one that *LANGUAGES* has, read by eye.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import trafilatura

from newswatch import extract
from newswatch.model import Article

RUNS = 3
COSTED = 120  # pages whose cost is measured
HALVES = ("tuned", "kept")
WANTED = {
    "day": ".95", "within a day": ".97", "minute": ".96", "title": ".95", "authors": ".90", "language": ".995",
}  # fmt: skip
TEXT_WANTED = {"default": ".950", "best": ".955, try for .960"}
# Of texts whose page names no language, or another than they are written in: read by eye, by host.
LANGUAGES = {
    "blog.comwrap.com": "de", "comoeducarseusfilhos.com.br": "pt", "eyethunews.co.za": "zu", "habarileo.co.tz": "sw",
    "isolezwe.co.za": "zu", "jaraguadosul.com.br": "pt", "phys.org": "en", "politics.people.com.cn": "zh", "taz.de": "de",
    "www.9news.com.au": "en", "www.aa.com.tr": "tr", "www.autoracing.com.br": "pt", "www.chron.com": "en",
    "www.ctpost.com": "en", "www.dagbladet.no": "no", "www.deccanherald.com": "en", "www.foxbusiness.com": "en",
    "www.foxnews.com": "en", "www.israel-nachrichten.org": "de", "www.moneycontrol.com": "en",
    "www.mysanantonio.com": "en", "www.nikkan-gendai.com": "ja", "www.nrk.no": "no", "www.quantamagazine.org": "en",
    "www.sfgate.com": "en", "www.timesunion.com": "en",
}  # fmt: skip


@dataclass(frozen=True)
class Marked:
    """A recorded page and what is known of it."""

    url: str
    body: bytes
    content_type: str
    gold: dict[str, Any]

    @property
    def half(self) -> str:
        """By its publisher, so that a rule made on one of his pages is not tried on another."""
        digest = blake2b(str(self.gold.get("publisher")).encode(), digest_size=1).digest()
        return HALVES[digest[0] % 2]


@dataclass(frozen=True)
class Score:
    """What one page's reading is worth: of each field asked, from 0 to 1."""

    page: Marked
    got: Article | None
    wall: str
    right: dict[str, float]


def pages(shared: Path) -> Iterator[Marked]:
    """Every recorded page."""
    folder = shared / "data" / "site-newspapers"
    gold = json.loads(gzip.decompress((folder / "expected.json.gz").read_bytes()))
    for route in json.loads((folder / "manifest.json").read_text("utf-8"))["routes"]:
        if route["kind"] == "page":
            body = gzip.decompress((folder / "files" / route["file"]).read_bytes())
            place = f"{route['host']}{route['path']}"
            yield Marked(f"https://{place}", body, route["ctype"], gold.pop(place, {}))


def sequences(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(zip(*(words[i:] for i in range(4)), strict=False))


def f1(mine: str, gold: str) -> float:
    one, other = sequences(mine), sequences(gold)
    if not one or not other:
        return float(mine.strip() == gold.strip())
    return 2 * sum((one & other).values()) / (sum(one.values()) + sum(other.values()))


def names(said: Any) -> list[str]:
    """Authors as the gold has them: a list, or a list in words."""
    if isinstance(said, str):
        try:
            said = ast.literal_eval(said)
        except (ValueError, SyntaxError):
            said = said.split(",")
    return [str(one) for one in said or ()]


def plain(said: str) -> str:
    return " ".join(said.split())


def author_set(several: list[str]) -> set[str]:
    return {plain(one).casefold() for one in several if one.strip()}


def score(page: Marked, *, best: bool) -> Score:
    right: dict[str, float] = {}
    gold = page.gold
    wall = ""
    try:
        got = extract.page_article(page.body, page.content_type, page.url, "", best)
    except extract.ExtractError as error:
        got, wall = None, str(error)
    if gold.get("body"):
        right["text"] = f1(got.text if got else "", gold["body"])
        right["language"] = float(got is not None and in_language(page, got))
    if gold.get("title") and gold["source"] == "fundus":
        right["title"] = float(got is not None and plain(got.title) == plain(gold["title"]))
    if gold.get("authors") and (wanted := author_set(names(gold["authors"]))):
        mine = author_set(got.author.split(", ")) if got else set()
        right["authors"] = float(mine == wanted)
    if gold.get("date"):
        said = datetime.fromisoformat(gold["date"])
        mine_at = got.published if got else None
        if mine_at is not None:
            local = mine_at.astimezone(said.tzinfo) if said.tzinfo else mine_at
            apart = abs((local.date() - said.date()).days)
        else:
            apart = 99
        right["day"], right["within a day"] = float(apart == 0), float(apart <= 1)
        if len(gold["date"]) > len("2026-08-20") and "00:00:00" not in gold["date"]:
            exact = (
                said if said.tzinfo else said.replace(tzinfo=(mine_at or datetime.now(UTC)).tzinfo)
            )
            right["minute"] = float(
                mine_at is not None and abs((mine_at - exact).total_seconds()) < 60
            )
    return Score(page, got, wall, right)


def in_language(page: Marked, got: Article) -> bool:
    """Whether an article's language is told right: as its page says, else as it was read by eye."""
    mine = got.lang.partition("-")[0]
    head = re.search(rb"<html[^>]*\slang\s*=\s*[\"']?([A-Za-z]+)", page.body[:20_000])
    if head and head[1].decode().lower() == mine:
        return True
    return LANGUAGES.get(page.url.split("/")[2]) == mine


def spent(deed: Callable[[Marked], object], several: list[Marked]) -> float:
    begun = time.process_time()
    for page in several:
        deed(page)
    return time.process_time() - begun


def bare(page: Marked) -> None:
    trafilatura.bare_extraction(page.body, with_metadata=True)


def read(page: Marked, *, best: bool) -> None:
    try:
        extract.page_article(page.body, page.content_type, page.url, "", best)
    except extract.ExtractError:
        return


def costs(several: list[Marked]) -> str:
    """The speed of both ways against trafilatura's, in one run."""
    ways: dict[str, Callable[[Marked], object]] = {
        "bare": bare,
        "default": lambda page: read(page, best=False),
        "best": lambda page: read(page, best=True),
    }
    for way in ways.values():
        spent(way, several[:10])
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(RUNS):
        for name, way in ways.items():
            took[name].append(spent(way, several))
    least = {name: min(found) for name, found in took.items()}
    each = ", ".join(f"{name} {1000 * s / len(several):.1f} ms" for name, s in least.items())
    return (
        f"cost       {each} a page; speed against bare: default"
        f" {least['bare'] / least['default']:.2f}x, best {least['bare'] / least['best']:.2f}x (reading alone;"
        " what is wanted is of the whole way: whole_way.py)"
    )


def mean(found: list[float]) -> float:
    return sum(found) / len(found) if found else 0.0


def table(scores: list[Score], name: str) -> None:
    wanted = {"text": TEXT_WANTED[name], **WANTED}
    print(
        f"\n{name}\n| figure | all | {' | '.join(HALVES)} | wanted |\n| --- | --- | --- | --- | --- |"
    )
    for field, least in wanted.items():
        of_halves = [
            [s.right[field] for s in scores if field in s.right and half in {"", s.page.half}]
            for half in ("", *HALVES)
        ]
        print(
            f"| {field} | {' | '.join(f'{mean(f):.3f} of {len(f)}' for f in of_halves)} | {least} |"
        )
    walls = [s.page.url for s in scores if s.wall]
    print(f"no article: {len(walls)} of {len(scores)} {walls}", flush=True)


def misses(scores: list[Score], field: str, half: str) -> None:
    """What was read wrong, of one half."""
    for s in sorted(scores, key=lambda s: s.right.get(field, 2)):
        if s.right.get(field, 1) < (0.9 if field == "text" else 1) and s.page.half == half:
            gold, got = s.page.gold, s.got
            print(f"\n{s.page.url} {s.right[field]:.2f} {s.wall}")
            if field == "title":
                print(f"  gold {gold['title']!r}\n  got  {got and got.title!r}")
            elif field == "authors":
                print(f"  gold {gold['authors']!r}\n  got  {got and got.author!r}")
            elif field != "text":
                said = got and (str(got.published), got.published_from)
                print(f"  gold {gold['date']!r}\n  got  {said}")
            else:
                print(f"  gold {len(gold['body'])} got {len(got.text) if got else 0} characters")


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--shared", type=Path, default=Path(__file__).parents[2] / "shared")
    given.add_argument("--misses", default="")
    given.add_argument("--half", choices=HALVES, default="tuned")
    given.add_argument("--no-cost", action="store_true")
    asked = given.parse_args()
    recorded = list(pages(asked.shared))
    for best in (False, True):
        scores = [score(page, best=best) for page in recorded]
        table(scores, "best" if best else "default")
        if asked.misses:
            misses(scores, asked.misses, asked.half)
            return
    if not asked.no_cost:
        print("\n" + costs(recorded[:: max(1, len(recorded) // COSTED)]))


if __name__ == "__main__":
    main()

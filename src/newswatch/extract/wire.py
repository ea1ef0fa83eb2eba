"""A wire's markup inside a text, `[USN:… TEXT:"…"]`: the words it marks stand in its place.

Rule: pure; what marks no words leaves none, and its target is a relation of the article.
"""

from __future__ import annotations

import re

RELATIONS, TARGET = 200, 200  # targets of wire markup kept; characters of one
MARKUP = re.compile(
    r"\[(?P<kind>[A-Z]{2,6}):(?P<target>[^\[\]\"“”„«»]*?)TEXT ?:\s?"
    r"[\"“”„«'‘](?P<text>(?:(?!\[[A-Z]{2,6}:).)*?)[\"“”»'’]\s?\]",
    re.DOTALL,
)
# Without words of its own. What readers look for is none: [NYSE:ACME], [TYO:7203], [PHOTO:AP].
_EXCHANGES = (
    "AMEX AMS ASX ATH BIT BME BOM BSE CBOE CNSX CPH CSE CVE EBR ELI EPA ETR FRA GPW HEL HKEX HKG HKSE"
    " IDX IST JPX JSE KLSE KOSDAQ KRX LON LSE MCX MOEX NASDAQ NSE NYSE NZE NZX OSE OTC OTCQB OTCQX PSE"
    " SEHK SET SGX SHA SHE SIX SSE STO SWX SZSE TASE TLV TPE TSE TSX TSXV TWSE TYO VIE WSE XETRA"
)
POINTER = re.compile(
    rf" ?\[(?!(?:{_EXCHANGES.replace(' ', '|')}):)(?P<kind>[A-Z]{{2,6}}):"
    r"(?P<target>(?:(?<=USN:)|(?<=RIC:)|(?=[^\[\]]{0,59}\d))[\w.:=/^-]{1,60}) ?\]"
)


def without_markup(said: str) -> tuple[str, tuple[str, ...]]:
    """*said* with a wire's markup replaced by the words it marks, and the targets it named; what
    marks no words leaves none.
    """
    relations: dict[str, None] = {}

    def spoken(found: re.Match[str]) -> str:
        kind = found["kind"]
        target = found["target"].strip().removeprefix(f"{kind}:")
        relations[f"{kind}:{target}"[:TARGET]] = None
        return found.groupdict().get("text", "")

    return POINTER.sub(spoken, MARKUP.sub(spoken, said)), tuple(relations)

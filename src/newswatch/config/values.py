"""What one value of the configuration may be.

Rule: a value is checked before pydantic sees it, and whoever wrote a wrong one reads in plain words
what is expected, with the nearest right word where there is one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator

from newswatch import dates
from newswatch.address import is_web, mail_address
from newswatch.model import OPERATOR
from newswatch.query import QueryError
from newswatch.query import read as read_query
from newswatch.text import safe_line
from newswatch.wording import did_you_mean, nearest

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 365 * 86400}
BYTES = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
LEAST_AGE, MOST_AGE = 30 * 86400, 100 * 365 * 86400  # a story is open for half of the least
YEAR = 366 * 86400
LONGEST_ZONE = 64  # letters; America/Argentina/ComodRivadavia has 32
NOW = "now"  # what a letter at once is called where a digest has its name
Check = Callable[[object], Any]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────


def whole(least: int, most: int) -> BeforeValidator:
    """A whole number from *least* to *most*."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number between {least:,} and {most:,}")
        return value

    return BeforeValidator(check)


def number(least: float, most: float, of: str) -> BeforeValidator:
    """A number *of* something, from *least* to *most*."""

    def check(value: object) -> float:
        sound = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not sound or not least <= float(value) <= most:  # type: ignore[arg-type]
            raise ValueError(f"must be a number of {of} between {least:,g} and {most:,g}")
        return float(value)  # type: ignore[arg-type]

    return BeforeValidator(check)


def lasting(least: int) -> BeforeValidator:
    """A span of time from *least* seconds to a year: seconds, or "15m", "3d"."""

    def check(value: object) -> int:
        found = seconds(value)
        if found is None:
            raise ValueError('must be whole seconds, or like "15m", "12h", "3d"')
        if not least <= found <= YEAR:
            raise ValueError(f"must be between {least} s and 366 d")
        return found

    return BeforeValidator(check)


def seconds(value: object) -> int | None:
    """Seconds from a number or "15m", "3d"; None where *value* is neither."""
    if isinstance(value, str):
        found = re.fullmatch(r"(\d{1,9})\s*([smhdwy]?)", value.strip())
        return int(found[1]) * UNITS[found[2] or "s"] if found else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def age(value: object) -> int:
    """Seconds of an age like "90d", from 30 days on; 0 for never. Raises ValueError."""
    found = seconds(value)
    if found is None or not (found == 0 or LEAST_AGE <= found <= MOST_AGE):
        raise ValueError('must be 0 for never, or an age from 30 days on, like "90d" or "2y"')
    return found


def _told(value: object) -> int:
    found = seconds(value)
    if found is None or not 0 <= found <= MOST_AGE:
        raise ValueError('must be 0, or an age like "90d" or "5y"')
    return found


def size(value: object) -> int:
    """Bytes of a size like "500MB" or "20GB"; 0 for no bound. Raises ValueError."""
    said = (
        re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([MGT]B)", value.strip())
        if isinstance(value, str)
        else None
    )
    if said is None and value != 0:
        raise ValueError('must be 0 for no bound, or a size like "500MB" or "20GB"')
    found = int(float(said[1]) * BYTES[said[2]]) if said else 0
    if 0 < found < 100 * 10**6:
        raise ValueError("must be 100MB at least")
    return found


# ── texts ───────────────────────────────────────────────────────────────────────────────────


def text(value: object) -> str:
    """A text, of whatever length. Raises ValueError."""
    if isinstance(value, (int, float)):
        raise ValueError("must be a text: put it in quotes")  # noqa: TRY004 - pydantic's way
    if not isinstance(value, str):
        raise ValueError("must be a text")  # noqa: TRY004 - pydantic's way
    return value


def line(most: int) -> BeforeValidator:
    """A text of at most *most* characters on one line."""

    def check(value: object) -> str:
        said = text(value)
        if not said.isprintable():
            raise ValueError("must be on one line and printable")
        if len(said) > most:
            raise ValueError(f"must have at most {most:,} characters, this has {len(said):,}")
        return said

    return BeforeValidator(check)


def _listen(value: object) -> tuple[str, int]:
    """A literal address and a port. Raises ValueError."""
    said = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[0-9.]+|localhost):([0-9]{1,5})", text(value).strip())
    try:
        host = ipaddress.ip_address(
            said[1].strip("[]").replace("localhost", "127.0.0.1") if said else ""
        )
    except ValueError:
        said = None
    if said is None or not 0 < int(said[2]) < 65536:
        raise ValueError('must be an address and a port, like "127.0.0.1:9108" or "[::1]:9108"')
    return str(host), int(said[2])


def _name(value: object) -> str:
    said = text(value)
    if not said:
        raise ValueError("must not be empty")
    if said != safe_line(said) or "," in said:
        raise ValueError("must be on one line, printable, without comma or space at its ends")
    if len(said) > 100:
        raise ValueError(f"must have at most 100 characters, this has {len(said):,}")
    return said


def _reserved(value: str) -> str:
    if value == NOW:
        raise ValueError(f'"{NOW}" means at once: give it another name')
    if value == OPERATOR:
        raise ValueError(f'"{OPERATOR}" means letters to the operator: give it another name')
    return value


def _query(value: object) -> str:
    said = text(value)
    if not said.strip():
        raise ValueError("must say what to look for, like: sanctions OR санкции")
    try:
        read_query(said)
    except QueryError as error:
        raise ValueError(str(error).replace("\n", "\n    ")) from error
    return said


def _lang(value: object) -> str:
    said = text(value)
    if said and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", said):
        raise ValueError("must be a language's code like en, ru or pt-br")
    return said


def _date_lang(value: object) -> str:
    said = _lang(value)
    if said.lower() not in ("", dates.ENGLISH) and not dates.known(said.replace("_", "-")):
        hint = did_you_mean(said, dates.languages()) or ": write one like de, fr or ru"
        raise ValueError(f'there are no words for the days of "{said}"{hint}')
    return said


# ── addresses ───────────────────────────────────────────────────────────────────────────────


def _scheme(value: str, known: tuple[str, ...]) -> str:
    """A hint at the scheme that *value* seems to mean; the rest, with its secrets, is not said."""
    written, colon, _ = value.partition(":")
    return did_you_mean(f"{written}:", [f"{name}:" for name in known]) if colon else ""


def _web(value: object) -> str:
    said = text(value)
    if is_web(said) and " " in said:
        raise ValueError("has a space in it: in an address that is %20")
    if not is_web(said) or re.search(r"\s", said) or not said.isprintable():
        raise ValueError("must be an address that begins with http:// or https://")
    if not _port_fits(said):
        raise ValueError("has a port that is none: ports go from 1 to 65,535")
    if len(said) > 2000:
        raise ValueError(f"must have at most 2,000 characters, this has {len(said):,}")
    return said


def _port_fits(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _mail_address(value: object) -> str:
    said = text(value)
    if len(said) > 254 or not mail_address(said):
        hint = ""
        if any(c in said for c in "()<>"):
            hint = ": write it alone, without a name or a comment"
        elif not said.rpartition("@")[0].isascii():
            hint = ": before its @ only a to z, digits and signs are taken everywhere"
        raise ValueError(f"must be a mail address like anna@example.org{hint}")
    return said


def _store(value: str) -> str:
    if not re.fullmatch(r"sqlite:.+", value):
        raise ValueError(f"must be like sqlite:var/newswatch.db{_scheme(value, ('sqlite',))}")
    return value


def _mail_server(value: str) -> str:
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("smtp", "smtps") and bool(parts.hostname)
    except ValueError:
        sound = False
    if sound and not _port_fits(value):
        raise ValueError("has a port that is none: ports go from 1 to 65,535")
    if sound and (parts.path.strip("/") or parts.query):
        raise ValueError(
            "holds more than a host and a port: write smtp://HOST:PORT or smtps://HOST"
        )
    if value and not sound and not re.fullmatch(r"file:.+", value):
        known = ("smtp", "smtps", "file")
        hint = "" if value.partition(":")[0] in known else _scheme(value, known)
        raise ValueError(f"must be smtp://HOST:PORT, smtps://HOST or file:FOLDER{hint}")
    if sound and "@" in parts.netloc:
        raise ValueError("holds no user and no password: write user and password_file beside it")
    return value


def _workers(value: object) -> str:
    """Where crawls run, "local" or a scheduler's address. Raises ValueError."""
    said = text(value).strip()
    found = re.fullmatch(r"(?:dask|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})", said)
    if said != "local" and not (found and 0 < int(found[2]) < 65536):
        raise ValueError(
            'must be "local", or a Dask scheduler like "tls://HOST:8786" or "dask://HOST:8786"'
        )
    return said


WIDEST = {4: 8, 6: 32}  # bits of the widest networks: 10.0.0.0/8, and what a provider is given
# These may be named as wide as they are.
PRIVATE = tuple(map(ipaddress.IPv6Network, ("fc00::/7", "fe80::/10", "fec0::/10")))
# In which all of IPv4 stands once more. 64:ff9b::/96 does not count: where there is no other way out it is needed, and its
# gateways pass no private address on (RFC 6052).
ONCE_MORE = tuple(
    map(ipaddress.IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "2001::/32"))
)


def _network(value: object) -> str:
    said = text(value)
    try:
        network = ipaddress.ip_network(said)
    except ValueError as error:
        try:
            meant = f' (did you mean "{ipaddress.ip_network(said, strict=False)}"?)'
        except ValueError:
            meant = ""
        raise ValueError(f"must be a network like 10.0.0.0/8 or fd00::/8{meant}") from error
    private = network.version == 6 and any(map(network.subnet_of, PRIVATE))
    too_wide = network.prefixlen < WIDEST[network.version] and not private
    if too_wide or network in ONCE_MORE:
        raise ValueError(
            "would let any feed or page reach nearly every machine there is: name the networks that you mean,"
            " 10.0.0.0/8 or fd00::/8 at most"
        )
    return said


# ── how a feed is asked ─────────────────────────────────────────────────────────────────────

HEADERS = 20  # of a feed
# What the fetcher itself must say, and what ends at the next server (RFC 9110, 7.6.1).
_OURS = re.compile(
    r"host|user-agent|accept-encoding|if-.*|range|expect|content-.*|connection|keep-alive|proxy-.*|te|trailer"
    r"|transfer-encoding|upgrade|via|forwarded|x-forwarded-.*|sec-.*",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"auth|cookie|token|secret|passw|credential|session|signature|(?:^|[^a-z])key|apikey",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\b(?:chrome|chromium|firefox|safari|edge?|edga|opera|opr|msie|trident|applewebkit|gecko|googlebot|bingbot"
    r"|yandexbot|baiduspider|duckduckbot|applebot|feedly|feedfetcher-google|facebookexternalhit)\b",
    re.IGNORECASE,
)


def _user_agent(value: object) -> str:
    said = text(value)
    if said and not (said.isascii() and said.isprintable() and re.match(r"[A-Za-z]", said)):
        raise ValueError(
            "must be like ourdesk/1.0 (+https://desk.example): one line of plain letters"
        )
    if len(said) > 300:
        raise ValueError(f"must have at most 300 characters, this has {len(said):,}")
    if other := _OTHERS.search(said):
        raise ValueError(
            f'says "{other[0]}", which is another\'s name: newswatch asks as nobody but itself, like'
            " Mozilla/5.0 (compatible; ourdesk/1.0; +https://desk.example)"
        )
    return said


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError('must be a mapping like {Accept-Language: "ru, en"}')  # noqa: TRY004 - pydantic's way
    if len(value) > HEADERS:
        raise ValueError(f"must be at most {HEADERS} headers, these are {len(value):,}")
    seen: set[str] = set()
    for name, said in value.items():
        shown = safe_line(str(name))[:60]
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", str(name)):
            raise ValueError(f'"{shown}" is no name of a header')
        if str(name).lower() in seen:
            raise ValueError(f'"{shown}" is there twice')
        seen.add(str(name).lower())
        if _OURS.fullmatch(str(name)):
            hint = ": write it as user_agent" if str(name).lower() == "user-agent" else ""
            raise ValueError(f'"{shown}" is not the configuration\'s to set{hint}')
        if _SECRET.search(str(name)):
            raise ValueError(
                f'"{shown}" is a secret by its name, and no secret stands in this file'
            )
        if not isinstance(said, str):
            raise ValueError(f'"{shown}" must be a text: put it in quotes')  # noqa: TRY004 - pydantic's way
        if not (said.strip() and said.isascii() and said.isprintable() and len(said) <= 1000):
            raise ValueError(f'"{shown}" must be one line of at most 1,000 plain letters')
    return {str(name): said.strip() for name, said in value.items()}


# ── times ───────────────────────────────────────────────────────────────────────────────────


def _time(value: object) -> str:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if not found:
        raise ValueError('must be a time of day like "07:30"')
    return f"{int(found[1]):02d}:{found[2]}"


def _span(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError('must be two times of day, from and to, like ["22:00", "07:00"]')
    start, end = (word.strip() if isinstance(word, str) else word for word in value)
    if end == "24:00":
        end = "00:00"  # how many write the end of a day
    if start == end:
        raise ValueError(
            "ends where it begins: leave it out for no quiet at all; a whole day of it would let no"
            " letter out"
        )
    return [start, end]


def _zone(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a time zone like Europe/Berlin")  # noqa: TRY004 - pydantic's way
    try:
        # Where the machine has no zones of its own each part of the name is looked for as a package, one in another.
        found = ZoneInfo(value) if len(value) <= LONGEST_ZONE else None
    except (ValueError, OSError, KeyError):
        found = None
    if found is None:
        hint = did_you_mean(value, available_timezones()) or ": write one like Europe/Berlin"
        raise ValueError(f'there is no time zone "{safe_line(value)[:60]}"{hint}')
    return value


def _day(value: object) -> int:
    word = value.casefold() if isinstance(value, str) else ""
    for place, day in enumerate(DAYS):
        if word in (day, day[:3]):
            return place
    short = [day[:3] for day in DAYS]
    near = nearest(word, DAYS)
    hint = f' (did you mean "{near[:3]}"?)' if near else did_you_mean(word, short)
    raise ValueError(f"must be one of {', '.join(short)}{hint}")


# ── lists ───────────────────────────────────────────────────────────────────────────────────


def listed(of: str, least: int = 0) -> BeforeValidator:
    """A list *of* something with at least *least* in it; one word alone is a list of it."""

    def check(value: object) -> list[object]:
        if isinstance(value, str):
            return [value]
        if not isinstance(value, list):
            raise ValueError(f"must be a list of {of}")  # noqa: TRY004 - pydantic's way
        if len(value) < least:
            raise ValueError(f"must be a list of {of}, and not empty")
        return value

    return BeforeValidator(check)


Age = Annotated[int, BeforeValidator(age)]
Told = Annotated[int, BeforeValidator(_told)]
Size = Annotated[int, BeforeValidator(size)]
TimeOfDay = Annotated[str, BeforeValidator(_time)]
Span = Annotated[list[TimeOfDay], BeforeValidator(_span)]
Zone = Annotated[str, BeforeValidator(_zone)]
Weekday = Annotated[int, BeforeValidator(_day)]
Language = Annotated[str, BeforeValidator(_lang)]
DateLanguage = Annotated[str, BeforeValidator(_date_lang)]
Web = Annotated[str, BeforeValidator(_web)]
UserAgent = Annotated[str, BeforeValidator(_user_agent)]
Headers = Annotated[dict[str, str], BeforeValidator(_headers)]
Network = Annotated[str, BeforeValidator(_network)]
Listen = Annotated[tuple[str, int], BeforeValidator(_listen)]
MailAddress = Annotated[str, BeforeValidator(_mail_address)]
MailServer = Annotated[str, AfterValidator(_mail_server), line(500)]
Store = Annotated[str, AfterValidator(_store), line(1000)]
Workers = Annotated[str, BeforeValidator(_workers)]
Name = Annotated[str, BeforeValidator(_name)]
DigestName = Annotated[Name, AfterValidator(_reserved)]
QueryText = Annotated[str, BeforeValidator(_query)]
Words = Annotated[list[Name], listed("words")]

"""What the search index holds beside words: where a version came from, as terms of its own.

Rule: a value is hashed, so that any name fits the index and nothing in it is engine syntax.
"""

from __future__ import annotations

from newswatch.model import Version, content_id


def meta_term(field: str, value: str) -> str:
    """The term under which a version with *field* (source, newsroom, lang, tag) *value* is filed."""
    return f"{field}_{content_id(value.casefold())}"


def meta_terms(version: Version) -> tuple[str, ...]:
    """All such terms of a version; `ru-ru` is also `ru`."""
    languages = {version.lang, version.lang.partition("-")[0]} - {""}
    return (
        meta_term("source", version.source),
        meta_term("newsroom", version.newsroom),
        *(meta_term("lang", lang) for lang in sorted(languages)),
        *(meta_term("tag", tag) for tag in version.tags),
    )

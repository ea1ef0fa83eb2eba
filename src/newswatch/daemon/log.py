"""The log of a running newswatch: lines of key=value.

Rule: what comes from outside is made safe for a terminal here, and nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from newswatch.text import safe_text


def log_to(stream: TextIO, *, level: int = logging.INFO) -> Any:
    """A logger of key=value lines; what comes from outside is made safe for a terminal."""

    def safe(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {k: safe_text(v) if isinstance(v, str) else v for k, v in event.items()}

    return structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            safe,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )

"""The verdict's model: a logistic of the features, learnt by `make identity`, kept as readable JSON.

Rule: pure; `weights.json` is made by `bench/identity/learn.py` and never edited by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import exp

CURVED = (
    "rare sequences shared", "sequences of three shared", "sequences of five shared",
    "sequences shared outside quotes", "words in the same order",
    "words in the same order outside quotes", "sentences recognisable", "sentences of its own",
    "names shared", "figures shared",
)  # fmt: skip
TOGETHER = (
    ("differs in figures and names only", "sequences of three shared"),
    ("differs in figures and names only", "days apart"),
    ("figures shared", "figures on both sides"),
    ("in quotes", "sequences of three shared"),
    ("in quotes", "words in the same order outside quotes"),
    ("length", "rare sequences shared"),
    ("length ratio", "sequences of three shared"),
    ("Cyrillic", "rare sequences shared"),
    ("Cyrillic", "words in the same order outside quotes"),
    ("Cyrillic", "openings in the same order"),
    ("Cyrillic", "openings alike"),
)


def terms(features: Mapping[str, float]) -> dict[str, float]:
    """What the model weighs: the features, some of them curved, some together."""
    found = dict(features)
    for name in CURVED:
        found[f"{name}, squared"] = features[name] ** 2
        found[f"{name}, root"] = max(features[name], 0.0) ** 0.5
    for one, other in TOGETHER:
        found[f"{one} × {other}"] = features[one] * features[other]
    return found


@cache
def weights() -> dict[str, dict[str, float]]:
    """The weights of each question, "same" and "related", by term; "bias" stands alone."""
    source = files("newswatch.dedup").joinpath("weights.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, float]] = json.loads(source)
    return found


def probability(question: str, weighed: Mapping[str, float]) -> float:
    """How sure the model is, 0 to 1, that two texts are the *question*: "same" or "related"."""
    own = weights()[question]
    total = own["bias"] + sum(own[name] * value for name, value in weighed.items())
    return 1 / (1 + exp(-max(-30.0, min(30.0, total))))

"""Learn the weights of `newswatch.dedup.model`: `make identity` writes weights.json anew.

A logistic of the features by Newton steps with a ridge; "same" is label 2 against the rest,
"related" label 1 or 2 against 0. Deterministic: the same data give the same file.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import data
import numpy as np
from numpy.typing import NDArray

from newswatch.dedup.model import terms

TARGET = Path(__file__).parents[2] / "src" / "newswatch" / "dedup" / "weights.json"
RIDGE = 0.5
STEPS = 40
# What one pair counts in learning: read by hand more than made or found by rule.
COUNTS = {"own": 2.0, "given": 3.0, "S1": 0.5, "made": 1.0, "stranger": 0.3}

Array = NDArray[np.float64]


def everything() -> list[data.Pair]:
    """Every labelled pair."""
    return [*data.given(), *data.own(), *data.made(), *data.strangers()]


def matrix(pairs: list[data.Pair]) -> tuple[list[str], Array]:
    """The terms' names, and a row of them for each pair."""
    rows = [terms(data.measured(pair)) for pair in pairs]
    names = list(rows[0])
    return names, np.array([[row[name] for name in names] for row in rows])


def counts(pairs: list[data.Pair]) -> Array:
    """What each pair counts in learning."""
    return np.array([COUNTS["S1" if p.stratum == "S1" else p.origin] for p in pairs])


def fitted(rows: Array, wanted: Array, count: Array) -> Array:
    """Weights for *rows*, the bias last."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
    weights = np.zeros(scaled.shape[1])
    ridge = np.eye(len(weights)) * RIDGE
    ridge[-1, -1] = 1e-6
    for _ in range(STEPS):
        sure = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        curve = count * sure * (1 - sure) + 1e-9
        step = np.linalg.solve(
            scaled.T @ (scaled * curve[:, None]) + ridge,
            scaled.T @ (count * (wanted - sure)) - ridge @ weights,
        )
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    plain = weights[:-1] / spread
    return np.append(plain, weights[-1] - plain @ mean)


def main() -> None:
    pairs = everything()
    names, rows = matrix(pairs)
    label = np.array([pair.label for pair in pairs])
    found = {}
    for question, least in (("same", 2), ("related", 1)):
        weights = fitted(rows, (label >= least).astype(float), counts(pairs))
        found[question] = {"bias": round(float(weights[-1]), 4)} | {
            name: round(float(w), 4) for name, w in zip(names, weights[:-1], strict=True)
        }
    TARGET.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(
        f"{len(pairs)} pairs, {len(names)} terms: {TARGET.relative_to(Path.cwd())}", file=sys.stderr
    )


if __name__ == "__main__":
    main()

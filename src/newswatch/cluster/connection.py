"""The way to a Dask cluster: connecting, who is there, and whether they may be given work.

Rule: whatever Dask raises is a ClusterError in plain words; who is unfit is told why. Nobody gets work whose newswatch,
protocol or Dask is another, whose clock is far off, or whose process cannot have readers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import warnings
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from distributed import Client, Security
from distributed.versions import VersionMismatchWarning

from newswatch.cluster.crew import PROTOCOL, Identity, identity
from newswatch.model import Cluster

CONNECT_SECONDS = 5.0
DASKS_OWN = (
    "distributed.client",
    "distributed.gc",
    "tornado.application",
)  # that have a level of their own
CLOCK_SECONDS = (
    30.0  # that a worker's clock may be off: certificates and logs rest on it, no outcome does
)


# How TLS meets a scheduler without: as the answer to its first word, or as one that came before it.
SPEAKS_PLAINLY = ("WRONG_VERSION_NUMBER", "cannot convert to SSL")


class ClusterError(Exception):
    """The cluster cannot be reached, or does not answer; its words say by themselves why."""


class Unfit(Exception):
    """A scheduler or worker that gets no work; its words say why."""


def security(cluster: Cluster) -> Security | None:
    """How to speak with it: TLS alone where its address says so. Raises ClusterError for files that cannot be read."""
    if not cluster.address.startswith("tls://"):
        return None
    made = Security(
        tls_ca_file=cluster.ca, tls_client_cert=cluster.cert, tls_client_key=cluster.key or None, require_encryption=True,
    )  # fmt: skip
    try:
        made.get_connection_args("client")
    except OSError as wrong:
        files = ", ".join(one for one in (cluster.ca, cluster.cert, cluster.key) if one)
        raise ClusterError(f"its certificates cannot be used ({files}: {wrong})") from wrong
    return made


def reached_at(cluster: Cluster) -> str:
    """The scheduler's address as Dask writes it."""
    return cluster.address.replace("dask://", "tcp://", 1)


def _hush() -> None:
    """Have Dask say nothing past our log: it makes its loggers write to standard error, tracebacks of each try
    included. What becomes of the cluster we say ourselves.
    """
    for name in ("distributed", *DASKS_OWN):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextlib.asynccontextmanager
async def connected(cluster: Cluster, patience: float = CONNECT_SECONDS) -> AsyncIterator[Any]:
    """A client of the cluster, on this loop. Raises ClusterError where it cannot be had."""
    _hush()
    client: Any = None
    limit = min(patience, CONNECT_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # `fitness` judges and says it
            client = Client(
                reached_at(cluster), security=security(cluster), asynchronous=True, timeout=limit, set_as_default=False,
                name="newswatch",
            )  # fmt: skip
            try:
                async with asyncio.timeout(2 * limit):  # Dask waits for ever for one that is silent
                    await client
            except (OSError, TimeoutError, ValueError) as wrong:
                raise ClusterError(_said(cluster, wrong)) from wrong
            except Exception as wrong:
                # What Dask makes of another protocol: sizes of exabytes, no bytes.
                raise ClusterError("what answers there is no scheduler") from wrong
        yield client
    finally:
        if client is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2.0):
                    await client.close(timeout=1.0)


def _said(cluster: Cluster, wrong: BaseException) -> str:
    """The innermost reason, as Dask wraps it in one of its own; and what to do where one side speaks TLS alone."""
    inner: BaseException = wrong
    while inner.__cause__ is not None:
        inner = inner.__cause__
    said = str(inner) or str(wrong) or "nothing there answers as one"
    advice, in_tls = "", cluster.address.startswith("tls://")
    if in_tls and any(word in said for word in SPEAKS_PLAINLY):
        advice = ": it speaks no TLS; start it with its certificates, or write dask://"
    elif not in_tls and isinstance(inner, ConnectionResetError):
        advice = ": if it speaks TLS, write tls:// and its certificates under `workers:`"
    return f"the scheduler cannot be reached ({said[:300]}){advice}"


async def workers_of(client: Any, patience: float) -> set[str]:
    """The addresses of those who are there. Raises ClusterError."""
    try:
        async with asyncio.timeout(patience):
            if client.status != "running":
                raise ClusterError("the scheduler went away")
            return set((await client.scheduler.identity(n_workers=-1))["workers"])
    except (OSError, TimeoutError) as wrong:
        raise ClusterError(f"the scheduler does not answer ({_named(wrong)})") from wrong


async def who_is(client: Any, name: str, patience: float) -> Identity:
    """Who a worker is; its *clock* are the seconds that it is off. Raises Unfit where it may get no work."""
    began = time.time()
    try:
        async with asyncio.timeout(patience):
            found = await client.run(identity, workers=[name], on_error="return")
    except TimeoutError as wrong:
        raise Unfit(f"it does not answer within {patience:g} s") from wrong
    except Exception as wrong:
        raise Unfit(f"it cannot be asked ({_named(wrong)})") from wrong
    said = found.get(name)
    if isinstance(said, BaseException):
        raise Unfit(_lacks(said)) from said
    ended = time.time()
    fitness(said, began, ended)
    assert isinstance(said, Identity)
    return replace(said, clock=_off(said, began, ended))


async def scheduler_of(client: Any, patience: float) -> Identity:
    """Who the scheduler is; it reads our tasks to pass them on. Raises Unfit where it cannot, ClusterError."""
    began = time.time()
    try:
        async with asyncio.timeout(patience):
            said = await client.run_on_scheduler(identity)
    except ModuleNotFoundError as wrong:
        raise Unfit(f"its scheduler is unfit: {_lacks(wrong)}") from wrong
    except (OSError, TimeoutError) as wrong:
        raise ClusterError(f"the scheduler does not answer ({_named(wrong)})") from wrong
    except Exception as wrong:
        raise Unfit(f"its scheduler is unfit: {_named(wrong)}") from wrong
    try:
        fitness(said, began, time.time(), crawls=False)
    except Unfit as wrong:
        raise Unfit(f"its scheduler is unfit: {wrong}") from wrong
    assert isinstance(said, Identity)
    return said


def fitness(said: object, began: float, ended: float, *, crawls: bool = True) -> None:
    """Judge what one says of itself, asked and answered between two of our seconds since 1970. Raises Unfit."""
    ours = version("newswatch")
    theirs = getattr(said, "version", "another")
    if getattr(said, "protocol", None) != PROTOCOL or theirs != ours:
        raise Unfit(f"it runs newswatch {theirs}, and this is {ours}")
    assert isinstance(said, Identity)
    # Dask promises nothing between two of its releases, and warns where they meet.
    if said.distributed != (dask := version("distributed")):
        raise Unfit(f"it runs Dask {said.distributed}, and this is {dask}")
    if abs(off := _off(said, began, ended)) > CLOCK_SECONDS:
        raise Unfit(f"its clock is {abs(off):,.0f} s {'ahead' if off > 0 else 'behind'}")
    if not crawls:
        return
    if said.lacking:
        raise Unfit(f"something is not installed there ({said.lacking})")
    if said.childless:
        raise Unfit("its process may have no children to read with: start it with --no-nanny")


def _off(said: Identity, began: float, ended: float) -> float:
    """By how much a clock is off for certain, having been read between two of our moments."""
    return said.clock - min(max(said.clock, began), ended)


def _lacks(wrong: BaseException) -> str:
    if "No module named 'newswatch" in str(wrong):  # Dask may have wrapped it
        return "newswatch is not installed there, or another"
    return f"it cannot say who it is ({_named(wrong)})"


def _named(wrong: BaseException) -> str:
    return f"{type(wrong).__name__}: {str(wrong)[:200]}".removesuffix(": ")

"""The same work in several processes at once, timed together, with the CPU it took."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 600

# Called in each process with its number; makes everything ready and returns the work itself,
# whose answer is collected.
Prepare = Callable[[int], Callable[[], Any]]


@dataclass(frozen=True)
class Run:
    """Seconds from the common start until the last was done; CPU of clients and server."""

    seconds: float
    cpu_seconds: float
    answers: list[Any]


def run_processes(number: int, prepare: Prepare, *, server_data: Path) -> Run:
    """Fork, let all get ready, start them at once. A process that fails fails the bench."""
    from django.db import connections

    connections.close_all()  # a connection can't be shared with a child
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(number + 1)
    queue = context.Queue()
    processes = [
        context.Process(target=_work, args=(worker, prepare, barrier, queue))
        for worker in range(number)
    ]
    for process in processes:
        process.start()
    barrier.wait(PATIENCE_SECONDS)
    before = server_cpu(server_data)
    started = time.perf_counter()
    results = [queue.get(timeout=PATIENCE_SECONDS) for _process in processes]
    seconds = time.perf_counter() - started
    on_server = server_cpu(server_data) - before
    barrier.wait(PATIENCE_SECONDS)
    for process in processes:
        process.join()
    failures = [answer for _cpu, answer in results if isinstance(answer, BaseException)]
    if failures:
        raise failures[0]
    return Run(
        seconds=seconds,
        cpu_seconds=on_server + sum(cpu for cpu, _answer in results),
        answers=[answer for _cpu, answer in results],
    )


def _work(worker: int, prepare: Prepare, barrier: Any, queue: Any) -> None:
    work = prepare(worker)
    barrier.wait(PATIENCE_SECONDS)
    started = time.process_time()
    try:
        answer = work()
    except Exception as error:  # told to the parent, which raises it
        answer = error
    queue.put((time.process_time() - started, answer))
    # Stay, so that the CPU of this connection's server process can still be read.
    barrier.wait(PATIENCE_SECONDS)


def server_cpu(data: Path) -> float:
    """Seconds of CPU that PostgreSQL's processes have used, those that live."""
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    return sum(_cpu(stat) for stat in _stats() if postmaster in (stat[0], stat[1]))


def _stats() -> list[tuple[int, int, int]]:
    """Pid, parent's pid and ticks of CPU of every process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        fields = text.rsplit(")", 1)[1].split()
        found.append((int(path.parent.name), int(fields[1]), int(fields[11]) + int(fields[12])))
    return found


def _cpu(stat: tuple[int, int, int]) -> float:
    return stat[2] / TICKS_PER_SECOND

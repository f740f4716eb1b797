"""The process runner, watched from outside as a terminal or an init system sees it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# A program that starts a child of its own; both write their numbers down.
PARENT = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen(["sleep", "1000"])
path = pathlib.Path(sys.argv[1])
path.with_suffix(".new").write_text(f"{os.getpid()} {child.pid}")
path.with_suffix(".new").rename(path)
%s
child.wait()
"""
SCRIPT = """
import sys
from opsdesk.supervisor import Program, Supervisor
programs = [Program(name, [sys.executable, "-c", code, path]) for name, code, path in %r]
say = lambda text: print("say", text, flush=True)
sys.exit(Supervisor(programs, say, pause=0.01).run())
"""


@pytest.fixture
def supervise(tmp_path):
    """Start a supervisor over pieces of code; returns it and where each writes its numbers."""
    running = []

    def start(**codes: str) -> tuple[subprocess.Popen[str], dict[str, Path]]:
        paths = {name: tmp_path / name for name in codes}
        programs = [(name, code, str(paths[name])) for name, code in codes.items()]
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT % (programs,)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process, paths

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def numbers(path: Path) -> list[int]:
    wait_until(path.exists)
    return [int(number) for number in path.read_text().split()]


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


ORDERLY = PARENT % "import signal; signal.signal(signal.SIGTERM, lambda *a: child.terminate())"
STUBBORN = PARENT % "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_every_program_and_what_it_started(supervise, number):
    process, paths = supervise(web=ORDERLY, worker=ORDERLY)
    pids = [pid for path in paths.values() for pid in numbers(path)]

    process.send_signal(number)

    assert process.wait() == 0
    wait_until(lambda: all(map(is_gone, pids)))


def test_a_second_signal_ends_by_force_what_will_not_stop(supervise):
    process, paths = supervise(worker=STUBBORN)
    pids = numbers(paths["worker"])

    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    wait_until(lambda: "stopping" in process.stdout.readline())
    process.send_signal(signal.SIGINT)

    assert process.wait() == 0
    wait_until(lambda: all(map(is_gone, pids)))


def test_a_crashed_program_is_started_again_and_the_others_go_on(supervise):
    process, paths = supervise(web=ORDERLY, worker=ORDERLY)
    web, worker = numbers(paths["web"]), numbers(paths["worker"])
    paths["worker"].unlink()

    os.kill(worker[0], signal.SIGKILL)

    assert numbers(paths["worker"])[0] != worker[0]
    assert numbers(paths["web"]) == web
    assert not is_gone(web[0])
    os.kill(worker[1], signal.SIGKILL)


def test_a_program_that_cannot_run_ends_all_with_its_last_words(supervise):
    process, paths = supervise(web=ORDERLY, worker="raise SystemExit('no such broker')")
    output, _ = process.communicate()

    assert process.returncode == 1
    assert "worker ended 5 times; its last words:\nno such broker\n" in output
    wait_until(lambda: all(map(is_gone, numbers(paths["web"]))))


def test_a_killed_supervisor_takes_its_programs_along(supervise):
    process, paths = supervise(web=ORDERLY)
    pids = numbers(paths["web"])

    process.kill()

    wait_until(lambda: all(map(is_gone, pids)))

"""Runs several programs as one: one Ctrl-C ends all, a crash is seen and mended."""

import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

GRACE_SECONDS = 15
TEND_EVERY_SECONDS = 2
# A program that ran this long before it ended is not one that can't start.
STEADY_SECONDS = 60
MOST_CRASHES = 5
LONGEST_PAUSE_SECONDS = 30


@dataclass
class Program:
    """One program, told to stop by `stop_signal` to its main process only."""

    name: str
    command: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    crashes: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=20))

    def start(self) -> None:
        # A session of its own keeps the terminal's Ctrl-C away from the program's
        # children; setpriv ends it should the supervisor itself be killed.
        setpriv = shutil.which("setpriv")
        wrapper = [setpriv, "--pdeathsig", "TERM"] if setpriv else []
        self.process = subprocess.Popen(
            [*wrapper, *self.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self.started_at = time.monotonic()
        threading.Thread(target=self._relay, args=[self.process], daemon=True).start()

    def _relay(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.last_lines.append(line)
            sys.stdout.write(f"{self.name:<6} | {line}")
            sys.stdout.flush()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.is_running():
            self.process.send_signal(number)

    def kill(self) -> None:
        """End the program and what it started."""
        if self.process is not None and self.is_running():
            subprocess.run(["kill", "-KILL", "--", f"-{self.process.pid}"], check=False)
            self.process.wait()


class Supervisor:
    """Keeps programs running.

    `tend` is called every few seconds, for what the programs stand on; what it raises
    ends all. `pause` is the wait before the first restart, in seconds.
    """

    def __init__(
        self,
        programs: list[Program],
        say: Callable[[str], None],
        *,
        tend: Callable[[], None] = lambda: None,
        pause: float = 1.0,
    ) -> None:
        self.programs = programs
        self.say = say
        self.tend = tend
        self.pause = pause
        self.stops = 0

    def run(self) -> int:
        """Keep the programs running until told to stop: 0; 1 when one of them can't be kept."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            return self._keep_running()
        finally:
            self._stop_all()

    def _keep_running(self) -> int:
        for program in self.programs:
            program.start()
        tended_at = time.monotonic()
        while not self.stops:
            for program in self.programs:
                if not program.is_running() and not self._revive(program):
                    self._explain(program)
                    return 1
            if time.monotonic() - tended_at > TEND_EVERY_SECONDS:
                self.tend()
                tended_at = time.monotonic()
            time.sleep(0.1)
        return 0

    def _on_signal(self, number: int, frame: object) -> None:
        self.stops += 1

    def _revive(self, program: Program) -> bool:
        """Start a crashed program again, after a growing pause. False: it crashed too often."""
        now = time.monotonic()
        if program.start_at:
            if now >= program.start_at:
                program.start_at = 0.0
                program.start()
            return True
        if now - program.started_at > STEADY_SECONDS:
            program.crashes = 0
        program.crashes += 1
        if program.crashes >= MOST_CRASHES:
            return False
        pause = min(self.pause * 2 ** (program.crashes - 1), LONGEST_PAUSE_SECONDS)
        program.start_at = now + pause
        assert program.process is not None
        self.say(
            f"{program.name} ended with status {program.process.returncode}, "
            f"starts again in {pause:.0f} s"
        )
        return True

    def _stop_all(self) -> None:
        """Ask everybody to stop, wait, and end by force what is left. A second Ctrl-C hurries."""
        self.say("stopping")
        for program in self.programs:
            program.signal(program.stop_signal)
        stops = self.stops
        deadline = time.monotonic() + GRACE_SECONDS
        while any(program.is_running() for program in self.programs):
            if time.monotonic() > deadline or self.stops > stops:
                break
            time.sleep(0.05)
        for program in self.programs:
            program.kill()

    def _explain(self, program: Program) -> None:
        lines = "".join(program.last_lines)
        self.say(f"{program.name} ended {program.crashes} times; its last words:\n{lines}")

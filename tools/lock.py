"""Resolves pyproject.toml into locks/*.txt, with hashes; needs uv."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `make lock` from pyproject.toml.\n"
LOCKS = {
    "production": ["pyproject.toml"],
    "run": ["pyproject.toml", "--group", "embedded"],
    "dev": ["pyproject.toml", "--group", "dev"],
    "uv": ["--group", "uv"],
}


def resolve(name: str, sources: list[str]) -> None:
    uv = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")
    options = "--universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
    output = ROOT / "locks" / f"{name}.txt"
    resolved = subprocess.run(
        [uv, "pip", "compile", *sources, *options.split(), "--no-config", "--quiet"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    output.write_text(HEADER + resolved.stdout)


if __name__ == "__main__":
    for name, sources in LOCKS.items():
        resolve(name, sources)

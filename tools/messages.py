"""Collects, compiles and checks the translations; needs gettext's programs."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from gettext import GNUTranslations
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
# Texts of the admin's look, which brings no translation of its own.
UNFOLD = Path("locale/unfold/zh_Hans/LC_MESSAGES/django.po")


def collect(root: Path) -> None:
    options = "--locale zh_Hans --add-location file --no-wrap --no-obsolete"
    ignored = [f"--ignore={name}" for name in (".venv", "var", "tests", "tools")]
    subprocess.run(
        [sys.executable, "-m", "tools.offline", "django", "makemessages"]
        + [*options.split(), *ignored],
        cwd=root,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def compile_messages(source: Path, target: Path) -> None:
    subprocess.run(["msgfmt", "--check", "-o", str(target), str(source)], check=True)


def select(source: Path, criterion: str) -> str:
    """The messages that meet a criterion of msgattrib, as PO text; empty without any."""
    return subprocess.run(
        ["msgattrib", f"--{criterion}", "--no-obsolete", str(source)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def texts(path: Path) -> dict[str, str]:
    """What a compiled file translates, without its header, which carries a date."""
    with path.open("rb") as file:
        catalog = dict(vars(GNUTranslations(file))["_catalog"])
    catalog.pop("", None)
    return catalog


def problems(root: Path) -> list[str]:
    """What is wrong with the translations of a copy of the project, which is changed by it."""
    collect(root)
    found = []
    for criterion, name in (("untranslated", "without a translation"), ("only-fuzzy", "fuzzy")):
        if selected := select(root / SOURCE, criterion):
            found.append(f"Texts {name}:\n{selected}")
    for source in (root / SOURCE, root / UNFOLD):
        shipped, fresh = source.with_suffix(".mo"), source.with_suffix(".fresh")
        compile_messages(source, fresh)
        if not shipped.exists() or texts(shipped) != texts(fresh):
            name = shipped.relative_to(root)
            found.append(f"{name} is older than its source: run `make messages`.")
    return found


def check() -> int:
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "project"
        skip = shutil.ignore_patterns(".venv", "var", ".git", "__pycache__", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=skip)
        found = problems(copy)
    sys.stdout.write("\n".join(found) or "Every text is translated.")
    sys.stdout.write("\n")
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["update", "check"])
    if parser.parse_args().action == "check":
        return check()
    collect(ROOT)
    for source in (ROOT / SOURCE, ROOT / UNFOLD):
        compile_messages(source, source.with_suffix(".mo"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

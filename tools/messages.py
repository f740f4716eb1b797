"""Collects, compiles and checks the translations; needs gettext's programs."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from gettext import GNUTranslations
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path("locale/zh_Hans/LC_MESSAGES/django.po")


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


def same_texts(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        return vars(GNUTranslations(first))["_catalog"] == vars(GNUTranslations(second))["_catalog"]


def problems(root: Path) -> list[str]:
    """What is wrong with the translations of a copy of the project, which is changed by it."""
    shipped = (root / LOCALE).with_suffix(".mo")
    collect(root)
    found = []
    for criterion, name in (("untranslated", "without a translation"), ("only-fuzzy", "fuzzy")):
        if texts := select(root / LOCALE, criterion):
            found.append(f"Texts {name}:\n{texts}")
    fresh = root / "fresh.mo"
    compile_messages(root / LOCALE, fresh)
    if not shipped.exists() or not same_texts(shipped, fresh):
        found.append(f"{LOCALE.with_suffix('.mo')} is older than the texts: run `make messages`.")
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
    compile_messages(ROOT / LOCALE, (ROOT / LOCALE).with_suffix(".mo"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Numbers that are printed as bar codes: a letter, then the row's key."""

import re

_DIGITS = re.compile(r"^0*([1-9]\d{0,17})$")


def pk_in(text: str, letter: str) -> int | None:
    """The key in such a number as a scanner reads it; None for anything else."""
    text = text.strip().upper()
    match = _DIGITS.match(text.removeprefix(letter)) if text.startswith(letter) else None
    return int(match[1]) if match else None

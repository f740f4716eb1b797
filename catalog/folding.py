"""One way of writing for many: text as it is compared, and where each of its letters stood.

Full width and half width, case, traditional and simplified characters are the same; blanks, marks
within a word and what nobody sees are left out: `最-好` and `最 好` fold to `最好`. What
ends a phrase stays, so that the end of one and the beginning of the next are no word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

# Beside letters and digits: what a claim may stand or fall with, and what parts two phrases.
_KEPT = frozenset("%‰.,!?;:。、\n")
_LINE_ENDS = frozenset("\n\r\v\f\x85\u2028\u2029")
# A point is part of a number and of nothing else: 1.00% is not 100%.
_LOOSE_POINT = re.compile(r"(?<![0-9])\.|\.(?![0-9])")
_FIRST_HAN = 0x2E80


class _Table(dict[int, str]):
    """Code point → what it folds to, worked out when it is first met."""

    def __missing__(self, code_point: int) -> str:
        folded = self[code_point] = _letters(chr(code_point))
        return folded


def _letters(char: str) -> str:
    if char in _LINE_ENDS:
        return "\n"
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_simplified(c) for c in plain if c.isalnum() or c in _KEPT)


def _simplified(char: str) -> str:
    """Twice over: a rare variant becomes a traditional character before it is a simplified one."""
    if ord(char) < _FIRST_HAN:
        return char
    return _converter().convert(_converter().convert(char))


@cache
def _converter() -> Any:
    from opencc_purepy import OpenCC  # its dictionaries take a third of a second to load

    return OpenCC("t2s")


_table = _Table()


def fold(text: str) -> str:
    """The text as it is compared. Twice is the same as once."""
    folded = text.translate(_table)
    return _LOOSE_POINT.sub("", folded) if "." in folded else folded


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; `places[i]` is where in the original its letter `i` stood."""

    text: str
    places: list[int]

    @classmethod
    def of(cls, text: str) -> Folded:
        letters = [(letter, at) for at, char in enumerate(text) for letter in _table[ord(char)]]
        loose = _LOOSE_POINT.finditer("".join(letter for letter, _at in letters))
        dropped = {match.start() for match in loose}
        kept = [pair for index, pair in enumerate(letters) if index not in dropped]
        return cls("".join(letter for letter, _at in kept), [at for _letter, at in kept])

    def span(self, first: int, last: int) -> tuple[int, int] | None:
        """Where the letters `first` to `last` stood; None where they are only part of a character.

        `㎏` is two letters: nothing begins or ends in the middle of it.
        """
        places = self.places
        begins_inside = first > 0 and places[first - 1] == places[first]
        ends_inside = last + 1 < len(places) and places[last + 1] == places[last]
        return None if begins_inside or ends_inside else (places[first], places[last] + 1)


def is_ascii_letter(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def is_whole_word(text: str, letters: str, start: int, end: int) -> bool:
    """Whether Latin letters that were found there are no part of a longer word or number."""
    begins = is_ascii_letter(letters[0]) and touches_a_word(text, start - 1)
    ends = is_ascii_letter(letters[-1]) and touches_a_word(text, end)
    return not (begins or ends)


def stands_in(letters: str, text: str) -> bool:
    """Whether a word, given as it folds, stands somewhere in the text."""
    folded = Folded.of(text)
    first = folded.text.find(letters)
    while first >= 0:
        span = folded.span(first, first + len(letters) - 1)
        if span and is_whole_word(text, letters, *span):
            return True
        first = folded.text.find(letters, first + 1)
    return False


def touches_a_word(text: str, at: int) -> bool:
    """Whether a Latin letter or a digit stands at that place of the original."""
    return 0 <= at < len(text) and any(is_ascii_letter(letter) for letter in _table[ord(text[at])])

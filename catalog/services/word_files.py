"""Lines of a file become words of a list or of a library: new ones, or known ones told anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from catalog.folding import fold
from catalog.models import ForbiddenWord, Keyword
from catalog.services.tables import Filed, Line, LineProblem, without_repeats

Word = TypeVar("Word", ForbiddenWord, Keyword)
_BATCH = 500


def file_words(
    lines: Iterable[Line],
    *,
    known: Mapping[str, Word],
    known_by: Callable[[Mapping[str, str]], str],
    values: Callable[[Line], dict[str, object]],
    new_word: Callable[[], Word],
    written: Sequence[str],
) -> Filed:
    """Every good line is a word as it tells it; what a line doesn't tell is left as it is.

    `known_by` makes of a line's cells the key under which `known` has its word, `values` what it
    tells of it (raises LineProblem), `written` names the fields that may change. Two statements a
    batch. The caller holds the lock under which it read `known`.
    """
    filed = Filed()
    new: list[Word] = []
    changed: list[Word] = []
    for line in without_repeats(lines, filed, key=known_by):
        try:
            told = values(line)
        except LineProblem as problem:
            filed.reject(line, problem)
            continue
        word = known.get(known_by(line.cells))
        if word is None:
            new.append(_with(new_word(), told))
        elif any(getattr(word, name) != value for name, value in told.items()):
            changed.append(_with(word, told))
        else:
            filed.unchanged += 1
    rows = type(new_word())._default_manager
    rows.bulk_create(new, batch_size=_BATCH)
    rows.bulk_update(changed, written, batch_size=_BATCH)
    filed.added, filed.changed = len(new), len(changed)
    return filed


def _with(word: Word, told: Mapping[str, object]) -> Word:
    for name, value in told.items():
        setattr(word, name, value)
    word.folded = fold(word.text)
    return word

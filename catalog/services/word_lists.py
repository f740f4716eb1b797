"""What is on the lists of forbidden words: what comes along, and files of people (CAT-5)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.folding import fold
from catalog.models import ForbiddenWord, WordList
from catalog.services.tables import (
    Filed,
    Line,
    LineProblem,
    chosen,
    read_lines,
    whether,
)
from catalog.services.word_files import file_words
from opsdesk import exports
from opsdesk.exchange.columns import Column
from opsdesk.stores.auth import is_allowed_in

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.exports import ExportedFile
    from opsdesk.stores.models import User

CHANGE = "catalog.change_forbiddenword"
SHORTEST_ASCII = 2
_STARTER = Path(__file__).parent.parent / "starter_words.csv"
_BATCH = 500
_LIMITS = {"source": 200, "suggestion": 120}

COLUMNS = (
    Column("text", gettext_lazy("Word"), ("word", "词", "违禁词"), is_required=True),
    Column("kind", gettext_lazy("Kind"), ("类型",)),
    Column("allowed", gettext_lazy("Allowed"), ("例外",)),
    Column("source", gettext_lazy("Source"), ("依据",)),
    Column("suggestion", gettext_lazy("Say instead"), ("替换建议",)),
    Column("active", gettext_lazy("Active"), ("启用",)),
)


def may_edit(user: User, word_list: WordList) -> bool:
    """A list of all stores is changed by who may change it in every one of them."""
    return is_allowed_in(user, CHANGE, word_list.store)


def problem_with(text: str) -> str:
    """Why this can't be looked for; empty where it can."""
    letters = fold(text)
    if not letters or not any(letter.isalnum() for letter in letters):
        return _("“%(word)s” has no letter that could be looked for.") % {"word": text}
    if len(text) > ForbiddenWord.LONGEST:
        return _("A word has at most %(limit)d letters.") % {"limit": ForbiddenWord.LONGEST}
    if letters.isascii() and len(letters) < SHORTEST_ASCII:
        return _("“%(word)s” is too short: one Latin letter stands in every text.") % {"word": text}
    return ""


@cache
def _starter() -> tuple[dict[str, str], ...]:
    with _STARTER.open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@transaction.atomic
def keep_starter_words() -> int:
    """Every word that comes with the product is on its list. Returns how many are new.

    What is there stays as people left it, switched off or worded anew. Safe to repeat, and to run
    twice at once.
    """
    lists = [
        WordList(
            code=code, platform=first["platform"], category=first["category"], name=first["name"]
        )
        for code, rows in groupby(_starter(), lambda row: row["list"])
        for first in [next(rows)]
    ]
    WordList.objects.bulk_create(lists, ignore_conflicts=True)
    codes = {row["list"] for row in _starter()}
    by_code = {each.code: each for each in WordList.objects.filter(code__in=codes)}
    known = set(
        ForbiddenWord.objects.filter(list__in=by_code.values()).values_list("list_id", "folded")
    )
    # A list whose name was taken by one of somebody's own is not there.
    rows = (row for row in _starter() if row["list"] in by_code)
    words = [_from_starter(row, by_code[row["list"]]) for row in rows]
    new = [word for word in words if (word.list_id, word.folded) not in known]
    ForbiddenWord.objects.bulk_create(new, ignore_conflicts=True, batch_size=_BATCH)
    return len(new)


def _from_starter(row: Mapping[str, str], word_list: WordList) -> ForbiddenWord:
    return ForbiddenWord(
        list=word_list,
        text=row["text"],
        folded=fold(row["text"]),
        kind=row["kind"],
        is_exception=row["allowed"] == "yes",
        source=row["source"],
        suggestion=row["suggestion"],
    )


def import_words(*, word_list: WordList, upload: UploadedFile, actor: User, at: datetime) -> Filed:
    """The good lines of the file are on the list, as new words or with their new wording.

    A column that the file lacks leaves known words as they are. Raises FileRefused where the file
    is no table of words. Locks the list; the same file again changes nothing.
    """
    lines = list(read_lines(upload, COLUMNS))
    with transaction.atomic():
        WordList.objects.select_for_update().get(pk=word_list.pk)
        return file_words(
            lines,
            known={word.folded: word for word in word_list.words.order_by("pk")},
            known_by=lambda cells: fold(cells["text"]),
            values=_values,
            new_word=partial(ForbiddenWord, list=word_list, added_by=actor, added_at=at),
            written=_WRITTEN,
        )


_WRITTEN = ["text", "folded", "kind", "is_exception", "source", "suggestion", "is_active"]


def _values(line: Line) -> dict[str, object]:
    """What the line says of a word. Raises LineProblem."""
    cells = line.cells
    problem = problem_with(cells["text"])
    if problem:
        raise LineProblem("text", problem)
    values: dict[str, object] = {"text": cells["text"]}
    if cells.get("kind"):
        values["kind"] = chosen("kind", cells["kind"], ForbiddenWord.Kind)
    for name, field in (("allowed", "is_exception"), ("active", "is_active")):
        if cells.get(name):
            values[field] = whether(name, cells[name])
    for name in ("source", "suggestion"):
        if name in cells:
            values[name] = _short_enough(name, cells[name])
    return values


def _short_enough(name: str, text: str) -> str:
    limit = _LIMITS[name]
    if len(text) > limit:
        raise LineProblem(name, _("At most %(limit)d letters.") % {"limit": limit})
    return text


def export_words(word_list: WordList) -> ExportedFile:
    """The list as a file that `import_words` takes back unchanged."""
    header = [column.field for column in COLUMNS]
    rows = (
        [
            word.text,
            word.kind,
            "yes" if word.is_exception else "no",
            word.source,
            word.suggestion,
            "yes" if word.is_active else "no",
        ]
        for word in word_list.words.order_by("folded", "pk")
    )
    return exports.csv_file(header, rows)

"""The keyword library, and what of it stands in the texts of a product (CAT-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold, stands_in
from catalog.models import Keyword, Listing, Product
from catalog.services import word_lists
from catalog.services.tables import (
    Filed,
    Line,
    LineProblem,
    chosen,
    read_lines,
    whether,
    whole_number,
)
from catalog.services.word_files import file_words
from opsdesk import exports
from opsdesk.db import lock_name
from opsdesk.exchange.columns import Column

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from opsdesk.exports import ExportedFile
    from opsdesk.stores.models import Store

_MOST = 2_147_483_647
_WRITTEN = ["text", "folded", "kind", "role", "search_volume", "competition", "is_active"]

COLUMNS = (
    Column("text", _("Word"), ("keyword", "关键词"), is_required=True),
    Column("kind", _("Kind"), ("词类", "类型")),
    Column("role", _("Role"), ("角色",)),
    Column("category", _("Category"), ("类目",)),
    Column("search_volume", _("Search volume"), ("搜索量", "搜索人气")),
    Column("competition", _("Competition"), ("竞争度", "在线商品数")),
    Column("active", _("Active"), ("启用",)),
)


@dataclass(frozen=True)
class Place:
    """Where a word may stand. `texts` gives, for listings of one product, listing id → the text."""

    code: str
    title: str | Promise
    texts: Callable[[Sequence[Listing]], Mapping[int, str]]


_places: dict[str, Place] = {}


def register_place(*places: Place) -> None:
    """A subject that keeps texts of its own, such as those of pictures, says where they stand."""
    for place in places:
        known = _places.setdefault(place.code, place)
        if known != place:
            raise ValueError(f"Two places are called {place.code}.")


def _titles(listings: Sequence[Listing]) -> dict[int, str]:
    return {each.pk: each.title for each in listings}


def _descriptions(listings: Sequence[Listing]) -> dict[int, str]:
    return {each.pk: each.description for each in listings}


def _attributes(listings: Sequence[Listing]) -> dict[int, str]:
    return {
        each.pk: "\n".join(f"{name}\n{value}" for name, value in each.attributes.items())
        for each in listings
    }


OWN_PLACES = (
    Place("title", _("Title"), _titles),
    Place("description", _("Description"), _descriptions),
    Place("attributes", _("Attributes"), _attributes),
)


@dataclass(frozen=True)
class WordCoverage:
    """A core word, and in which places of the listing it stands, in the order of `places`."""

    keyword: Keyword
    stands: list[bool]

    @property
    def is_covered(self) -> bool:
        return any(self.stands)


@dataclass(frozen=True)
class Coverage:
    """What of the library's core words one listing holds."""

    listing: Listing
    places: list[str | Promise]
    words: list[WordCoverage]

    @property
    def covered(self) -> int:
        return sum(word.is_covered for word in self.words)

    @property
    def percent(self) -> int | None:
        """The share of core words that stand anywhere; None where the library has none."""
        return round(100 * self.covered / len(self.words)) if self.words else None

    @property
    def by_place(self) -> list[tuple[str | Promise, int]]:
        """(place, how many of the core words stand there)."""
        counts = [sum(word.stands[at] for word in self.words) for at in range(len(self.places))]
        return list(zip(self.places, counts, strict=True))


def coverage_of(product: Product, listings: Sequence[Listing]) -> list[Coverage]:
    """Per listing of the product, where the core words of its category stand."""
    core = list(by_worth(Keyword.objects.for_product(product).filter(role=Keyword.Role.CORE)))
    places = list(_places.values())
    texts = [place.texts(listings) for place in places]
    return [
        Coverage(
            listing,
            [place.title for place in places],
            [
                WordCoverage(
                    word, [stands_in(word.folded, there.get(listing.pk, "")) for there in texts]
                )
                for word in core
            ],
        )
        for listing in listings
    ]


def by_worth(keywords: Iterable[Keyword]) -> list[Keyword]:
    """Most searched first; of the same the one with fewer goods against it."""
    return sorted(
        keywords, key=lambda word: (-(word.search_volume or 0), word.competition or 0, word.text)
    )


def import_keywords(*, store: Store, upload: UploadedFile) -> Filed:
    """The good lines of the file are in the library, as new words or with their new figures.

    A word is known by its letters and category; a column that the file lacks leaves known words
    as they are. Raises FileRefused where the file is no table of words. Two files of one store
    take turns; the same file again changes nothing.
    """
    lines = list(read_lines(upload, COLUMNS))
    with transaction.atomic():
        lock_name(f"catalog.keywords:{store.pk}")
        rows = Keyword.objects.filter(store=store).select_for_update().order_by("pk")
        return file_words(
            lines,
            known={f"{word.folded}\n{word.category}": word for word in rows},
            known_by=_known_by,
            values=_values,
            new_word=partial(Keyword, store=store),
            written=_WRITTEN,
        )


def _known_by(cells: Mapping[str, str]) -> str:
    letters = fold(cells["text"])
    return f"{letters}\n{cells.get('category', '')}" if letters else ""


def _values(line: Line) -> dict[str, object]:
    """What the line says of a word. Raises LineProblem."""
    cells = line.cells
    problem = word_lists.problem_with(cells["text"])
    if problem:
        raise LineProblem("text", problem)
    values: dict[str, object] = {"text": cells["text"], "category": cells.get("category", "")[:120]}
    if cells.get("kind"):
        values["kind"] = chosen("kind", cells["kind"], Keyword.Kind)
    if cells.get("role"):
        values["role"] = chosen("role", cells["role"], Keyword.Role)
    for name in ("search_volume", "competition"):
        if cells.get(name):
            values[name] = whole_number(name, cells[name], most=_MOST)
    if cells.get("active"):
        values["is_active"] = whether("active", cells["active"])
    return values


def export_keywords(store: Store) -> ExportedFile:
    """The store's library as a file that `import_keywords` takes back unchanged."""
    rows = (
        [
            word.text,
            word.kind,
            word.role,
            word.category,
            word.search_volume,
            word.competition,
            "yes" if word.is_active else "no",
        ]
        for word in Keyword.objects.filter(store=store).order_by("folded", "category")
    )
    return exports.csv_file([column.field for column in COLUMNS], rows)

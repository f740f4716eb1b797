"""Forbidden words are found in texts, however they are written (CAT-5).

`hits_in` is what everybody calls; `marked` shows a text with its hits where they stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ahocorasick
from django.db import connection
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.folding import Folded, fold, is_whole_word
from catalog.models import ForbiddenWord

if TYPE_CHECKING:
    from opsdesk.stores.models import Store

# Any change of a list or word that may hold in the store, of whatever column, is another version.
_VERSION = """
SELECT sum(hash_record_extended(list, 0)) || ':' || sum(hash_record_extended(word, 0))
       || ':' || count(word.id)
FROM catalog_wordlist list LEFT JOIN catalog_forbiddenword word ON word.list_id = list.id
WHERE list.store_id IS NULL OR list.store_id = %s
"""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a list in force. `platform` and `goods` narrow where it holds."""

    text: str
    folded: str
    list: str
    kind: str
    source: str
    suggestion: str
    is_exception: bool
    platform: str
    goods: tuple[str, ...]

    def is_meant_for(self, category: str) -> bool:
        """Goods of which nobody has said what they are count as meant."""
        return not (self.goods and category) or any(each in category for each in self.goods)


@dataclass(frozen=True, slots=True)
class Hit:
    """A word where it stands: `start` to `end` of the original text. `exception` lifts it."""

    start: int
    end: int
    text: str
    word: Word
    exception: str = ""

    @property
    def reason(self) -> str:
        """What is wrong with it and what to say instead, in the reader's language."""
        kind = ForbiddenWord.Kind(self.word.kind).label
        parts = [str(kind), self.word.source, self.word.list]
        said = " · ".join(part for part in parts if part)
        if not self.word.suggestion:
            return said
        return _("%(reason)s. Say instead: %(words)s") % {
            "reason": said,
            "words": self.word.suggestion,
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """Letters `first` to `last` of the folded text; `start` to `end` of the original."""

    first: int
    last: int
    start: int
    end: int
    word: Word

    def covers(self, other: _Found) -> bool:
        return self.first <= other.first and other.last <= self.last

    def overlaps(self, other: _Found) -> bool:
        return self.first <= other.last and other.first <= self.last

    @property
    def is_in_one_piece(self) -> bool:
        return self.end - self.start == self.last - self.first + 1


class Matcher:
    """All words that hold in one place, looked for in one pass over a text."""

    def __init__(self, words: Iterable[Word]) -> None:
        by_letters: dict[str, list[Word]] = {}
        for word in words:
            by_letters.setdefault(word.folded, []).append(word)
        self._automaton = ahocorasick.Automaton()
        for letters, same in by_letters.items():
            self._automaton.add_word(letters, (len(letters), tuple(same)))
        if by_letters:
            self._automaton.make_automaton()

    def hits(self, text: str, *, category: str = "", with_lifted: bool = False) -> list[Hit]:
        """Every hit, in the order of the text; the longest word where several overlap.

        A word within an exception is lifted: left out, or told with the exception's text.
        """
        letters = fold(text)
        if not letters or not self._automaton:
            return []
        ends = list(self._automaton.iter(letters))
        if not ends:
            return []
        found = list(_placed(text, Folded.of(text), ends, category))
        # An exception that somebody has torn apart is a way around the rule, and none to it.
        allowed = [each for each in found if each.word.is_exception and each.is_in_one_piece]
        hits: list[tuple[_Found, str]] = []
        for each in _longest_first(found):
            lifted_by = next((one.word.text for one in allowed if one.covers(each)), "")
            taken = any(each.overlaps(other) and not lifting for other, lifting in hits)
            if not taken and (with_lifted or not lifted_by):
                hits.append((each, lifted_by))
        return sorted(
            (
                Hit(each.start, each.end, text[each.start : each.end], each.word, lifted_by)
                for each, lifted_by in hits
            ),
            key=lambda hit: (hit.start, hit.end),
        )


def _longest_first(found: list[_Found]) -> list[_Found]:
    forbidden = (each for each in found if not each.word.is_exception)
    return sorted(forbidden, key=lambda each: (each.first - each.last, each.first))


def _placed(
    text: str, folded: Folded, ends: Iterable[tuple[int, Any]], category: str
) -> Iterator[_Found]:
    """Matches as words of the original: whole characters, and whole words of Latin letters."""
    for last, (length, same) in ends:
        first = last - length + 1
        span = folded.span(first, last)
        if span is None or not is_whole_word(text, folded.text[first : last + 1], *span):
            continue
        # The same word may be allowed by one list and forbidden by another: both are told.
        meant = {word.is_exception: word for word in same if word.is_meant_for(category)}
        for word in meant.values():
            yield _Found(first, last, *span, word)


def hits_in(
    texts: Mapping[str, str],
    *,
    store: Store | None,
    platform: str = "",
    category: str = "",
    with_lifted: bool = False,
) -> dict[str, list[Hit]]:
    """Field → its hits, of the fields that have any, by the lists in force now.

    Without a store only what holds everywhere; without a platform no platform's list. One
    statement, and a second one where the lists have changed. Call `matcher_for` for many texts.
    """
    matcher = matcher_for(store, platform)
    found = {
        field: matcher.hits(text, category=category, with_lifted=with_lifted)
        for field, text in texts.items()
    }
    return {field: hits for field, hits in found.items() if hits}


def matcher_for(store: Store | None, platform: str = "") -> Matcher:
    """What looks for every word in force there. Built once per version of the lists."""
    return matchers_for(store.pk if store else None, [platform])[platform]


def matchers_for(store_id: int | None, platforms: Iterable[str]) -> dict[str, Matcher]:
    """Platform → its matcher; as many statements for ten platforms as for one."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSION, [store_id])
        version = cursor.fetchone()[0]
    return {platform: _matcher(store_id, platform, version) for platform in set(platforms)}


@lru_cache(maxsize=64)
def _matcher(store_id: int | None, platform: str, version: str) -> Matcher:
    words = _words(store_id, version)
    return Matcher(word for word in words if word.platform in ("", platform))


@lru_cache(maxsize=16)
def _words(store_id: int | None, version: str) -> tuple[Word, ...]:
    """The words in force in the store. Of the same word in several lists the law comes last:
    it is what counts."""
    rows = ForbiddenWord.objects.in_force(store_id).select_related("list")
    ordered = rows.order_by("list__store_id", "-list__platform", "-list_id", "pk")
    return tuple(
        Word(
            text=row.text,
            folded=row.folded,
            list=row.list.name,
            kind=row.kind,
            source=row.source,
            suggestion=row.suggestion,
            is_exception=row.is_exception,
            platform=row.list.platform,
            goods=tuple(row.list.category.split()),
        )
        for row in ordered
    )


def marked(text: str, hits: Iterable[Hit]) -> SafeString:
    """The text as HTML, each hit a <mark> that says in its title what is wrong. All escaped."""
    parts, at = [], 0
    for hit in hits:
        parts.append(format_html("{}", text[at : hit.start]))
        parts.append(
            format_html('<mark class="od-mark" title="{}">{}</mark>', hit.reason, hit.text)
        )
        at = hit.end
    parts.append(format_html("{}", text[at:]))
    return format_html_join("", "{}", ((part,) for part in parts))

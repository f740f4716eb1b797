"""Titles are put together from the library: core word, attribute words, scene words (CAT-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from catalog.models import Keyword
from catalog.services.keywords import by_worth
from catalog.services.words import Hit, marked, matcher_for
from opsdesk.stores import procedure
from opsdesk.stores.models import Platform
from opsdesk.stores.procedure import Setting, Unit

if TYPE_CHECKING:
    from opsdesk.stores.models import Channel

# These count a Chinese or full-width letter as two; the others count letters.
_COUNT_WIDTH = {Platform.TAOBAO, Platform.TMALL, Platform.JD, Platform.PDD, Platform.DOUYIN}
_CORES = 3

LIMIT = Setting(
    key="catalog.title_letters",
    clause="CAT-4",
    title=_("Letters of a listing's title"),
    default=Decimal(120),
    unit=Unit.LETTERS,
    minimum=Decimal(10),
    maximum=Decimal(300),
    platforms={
        Platform.TAOBAO: Decimal(60),
        Platform.TMALL: Decimal(60),
        Platform.JD: Decimal(90),
        Platform.PDD: Decimal(60),
        Platform.DOUYIN: Decimal(60),
        Platform.SHOPIFY: Decimal(255),
        Platform.WOOCOMMERCE: Decimal(200),
    },
)


@dataclass(frozen=True)
class Title:
    """A title as its channel counts it, with the forbidden words in it."""

    text: str
    width: int
    limit: int
    hits: list[Hit]

    @property
    def is_too_long(self) -> bool:
        return self.width > self.limit

    @property
    def left(self) -> int:
        return self.limit - self.width

    @property
    def too_many(self) -> int:
        return max(-self.left, 0)

    @property
    def marked(self) -> SafeString:
        return marked(self.text, self.hits)


def width_of(text: str, platform: str) -> int:
    """As the platform counts: on Chinese ones everything but ASCII counts as two."""
    if platform not in _COUNT_WIDTH:
        return len(text)
    return sum(1 if letter.isascii() else 2 for letter in text)


def limit_of(channel: Channel, at: datetime) -> int:
    return int(procedure.value_of(LIMIT.key, store=channel.store, channel=channel, at=at))


def look_at(text: str, *, channel: Channel, at: datetime, category: str = "") -> Title:
    """How the channel would take this title: its length, and the forbidden words in it."""
    hits = matcher_for(channel.store, channel.platform).hits(text, category=category)
    return Title(text, width_of(text, channel.platform), limit_of(channel, at), hits)


def propose_titles(
    keywords: Sequence[Keyword],
    *,
    channel: Channel,
    at: datetime,
    brand: str = "",
    category: str = "",
) -> list[Title]:
    """Titles of these words within the channel's limit: brand, core, attributes, scenes.

    A title for each of the three core words that are worth most; of the other words as many as
    fit, the most searched first, and once more the least contested first. No word with a forbidden
    one in it, none that stands in the title already. The same words give the same titles.
    """
    matcher = matcher_for(channel.store, channel.platform)
    clean = [word for word in keywords if not matcher.hits(word.text, category=category)]
    brand = "" if matcher.hits(brand, category=category) else brand
    limit = limit_of(channel, at)
    texts: dict[str, None] = {}
    for order in (by_worth, _least_contested):
        ranked = order(clean)
        core = [word.text for word in ranked if word.role == Keyword.Role.CORE]
        others = [word.text for word in ranked if word.role == Keyword.Role.ATTRIBUTE]
        others += [word.text for word in ranked if word.role == Keyword.Role.SCENE]
        for first in core[:_CORES]:
            text = _filled([brand, first], others, limit, channel.platform)
            if text:
                texts[text] = None
    titles = [look_at(text, channel=channel, at=at, category=category) for text in texts]
    # Two clean words side by side may make a forbidden one.
    return [title for title in titles if not title.hits]


def _least_contested(keywords: Sequence[Keyword]) -> list[Keyword]:
    """By searches for each of the goods that are found by the word."""
    return sorted(
        keywords, key=lambda word: -(word.search_volume or 0) / ((word.competition or 0) + 1)
    )


def _filled(begin: Sequence[str], others: Sequence[str], limit: int, platform: str) -> str:
    """The first words, and of the others those that still fit; empty where the first don't."""
    title = ""
    for word in [*begin, *others]:
        longer = f"{title} {word}".strip()
        if not word or fold(word) in fold(title):
            continue
        if width_of(longer, platform) <= limit:
            title = longer
        elif word in begin:
            return ""
    return title

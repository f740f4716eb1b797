"""What the demonstration store must not say, and by which words buyers find it."""

from __future__ import annotations

from datetime import datetime

from analytics.demo.opening import Demonstration
from catalog.folding import fold
from catalog.models import ForbiddenWord, Keyword, WordList
from opsdesk.stores.roles import Role

BRAND, PRODUCT, LONG_TAIL = Keyword.Kind.BRAND, Keyword.Kind.PRODUCT, Keyword.Kind.LONG_TAIL
CORE, ATTRIBUTE, SCENE = Keyword.Role.CORE, Keyword.Role.ATTRIBUTE, Keyword.Role.SCENE
_CUPS, _TEA = "杯壶", "茶"

# Word, kind, role, category, searches a day, goods that are found by it.
KEYWORDS = (
    ("玻璃杯", PRODUCT, CORE, _CUPS, 48_200, 91_000),
    ("保温杯", PRODUCT, CORE, _CUPS, 96_400, 184_000),
    ("焖茶壶", LONG_TAIL, CORE, _CUPS, 3_900, 2_100),
    ("双层", PRODUCT, ATTRIBUTE, _CUPS, 12_700, 30_500),
    ("耐热", PRODUCT, ATTRIBUTE, _CUPS, 9_300, 26_000),
    ("大容量", PRODUCT, ATTRIBUTE, _CUPS, 21_500, 77_000),
    ("办公室", PRODUCT, SCENE, _CUPS, 15_800, 64_000),
    ("送礼", PRODUCT, SCENE, _CUPS, 18_100, 52_000),
    ("乌龙茶", PRODUCT, CORE, _TEA, 33_600, 41_000),
    ("高山乌龙茶", LONG_TAIL, CORE, _TEA, 5_200, 3_400),
    ("清香型", PRODUCT, ATTRIBUTE, _TEA, 6_400, 12_000),
    ("下午茶", PRODUCT, SCENE, _TEA, 11_000, 23_000),
    ("木语", BRAND, ATTRIBUTE, _CUPS, 860, 120),
)
# Word, whether it is allowed, why, what to say instead.
WORDS = (
    ("断货王", False, "店铺规定：不制造紧张气氛", "热卖款"),
    ("老板跑路价", False, "店铺规定：不制造紧张气氛", "活动价"),
    ("第一泡", True, "茶艺用语，不作比较", ""),
)


def write_words(it: Demonstration, *, at: datetime) -> None:
    """The store has a word list of its own, and keywords for two of its categories."""
    own = WordList.objects.create(store=it.store, name="店铺自用词库")
    ForbiddenWord.objects.bulk_create(
        ForbiddenWord(
            list=own,
            text=text,
            folded=fold(text),
            is_exception=is_allowed,
            kind=ForbiddenWord.Kind.OTHER if is_allowed else ForbiddenWord.Kind.PRESSURE,
            source=source,
            suggestion=suggestion,
            added_by=it.people[Role.CATALOG_OPERATOR],
            added_at=at,
        )
        for text, is_allowed, source, suggestion in WORDS
    )
    Keyword.objects.bulk_create(
        Keyword(
            store=it.store,
            text=text,
            folded=fold(text),
            kind=kind,
            role=role,
            category=category,
            search_volume=searches,
            competition=goods,
        )
        for text, kind, role, category, searches, goods in KEYWORDS
    )

"""SKU codes are made, explained, kept apart and checked (CAT-1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from catalog.coding import HIGHEST_SERIAL, LONGEST, CodeBook, Reading, WrongCode
from catalog.models import CodePart, CodeScheme, Sku, SkuCode
from opsdesk.errors import DomainError, NotAllowed

if TYPE_CHECKING:
    from opsdesk.stores.models import User

CHANGE = "catalog.change_sku"


class CodeTaken(DomainError):
    """The code is or was another one's; a code is never used twice. Facts: `code`, `sku_id`."""

    code = "code_taken"


def book_of(store_id: int) -> CodeBook:
    """The store's scheme and parts; a store that has set up none has the default. Two queries."""
    return books_of([store_id])[store_id]


def books_of(store_ids: Iterable[int]) -> dict[int, CodeBook]:
    """As `book_of`, of several stores, with as many queries as for one."""
    ids = list(store_ids)
    schemes = {scheme.store_id: scheme for scheme in CodeScheme.objects.filter(store__in=ids)}
    parts: dict[int, list[CodePart]] = {}
    for part in CodePart.objects.filter(scheme__store__in=ids).order_by("pk"):
        parts.setdefault(part.scheme_id, []).append(part)
    books = {}
    for pk in ids:
        scheme = schemes.get(pk) or CodeScheme(store_id=pk)
        books[pk] = CodeBook(scheme, parts.get(scheme.pk, []))
    return books


def follows_scheme(store_ids: Iterable[int]) -> Q:
    """Which SKUs of these stores have a code that nothing speaks against. Two queries."""
    sound = {pk: book.sound() for pk, book in books_of(store_ids).items()}
    follows = Q(pk__in=[])
    for pk, pattern in sound.items():
        if pattern is not None:
            follows |= Q(store=pk, code__regex=pattern)
    return follows


def explain_code(sku: Sku) -> Reading:
    """What the SKU's code says in the words of its store, and what it has against the scheme."""
    return book_of(sku.store_id).read(sku.code)


def with_codes(skus: QuerySet[Sku]) -> QuerySet[Sku]:
    """Each with its codes, read for all of them at once: for `aliases_of`."""
    return skus.prefetch_related(Prefetch("codes", SkuCode.objects.order_by("code")))


def aliases_of(sku: Sku) -> list[str]:
    return [row.code for row in sku.codes.all() if row.kind == SkuCode.Kind.ALIAS]


# One row per stem decides: who comes second waits for the first, and counts on from there. Codes
# that came with files are passed over, also those that came since the counter was begun.
_DRAW = """
WITH used AS (
    SELECT coalesce(max(substr(code, length(%(before)s) + 1)::bigint), 0) AS last
    FROM catalog_skucode
    WHERE store_id = %(store)s AND code LIKE %(like)s
      AND substr(code, length(%(before)s) + 1) ~ '^[0-9]{1,9}$'
)
INSERT INTO catalog_codecounter (store_id, stem, last)
SELECT %(store)s, %(stem)s, used.last + %(count)s FROM used
ON CONFLICT (store_id, stem) DO UPDATE
SET last = greatest(catalog_codecounter.last, excluded.last - %(count)s) + %(count)s
RETURNING last
"""


def next_codes(book: CodeBook, stem: str, *, count: int = 1) -> list[str]:
    """So many new codes of this stem, given to nobody else, whoever asks at the same moment.

    Holds the stem's counter until the caller's transaction ends. What is rolled back, or drawn and
    not used, may leave a gap; no code is drawn twice. Raises WrongCode when the serials run out.
    """
    before = f"{stem}{book.scheme.separator}"
    with connection.cursor() as cursor:
        cursor.execute(
            _DRAW,
            {
                "store": book.scheme.store_id,
                "stem": stem,
                "before": before,
                "like": f"{_literally(before)}%",
                "count": count,
            },
        )
        (last,) = cursor.fetchone()
    if last > HIGHEST_SERIAL:
        raise WrongCode(_("The serials behind %(stem)s are used up.") % {"stem": stem})
    return [book.code(stem, serial) for serial in range(last - count + 1, last + 1)]


def _literally(text: str) -> str:
    for mark in "\\%_":
        text = text.replace(mark, f"\\{mark}")
    return text


def add_alias(*, sku_id: int, code: str, source: str, actor: User | None, at: datetime) -> SkuCode:
    """Files and searches find the SKU by this code, too, from now on and for ever.

    Adding it again changes nothing. Raises CodeTaken where it is or was another SKU's.
    """
    sku = Sku.objects.select_related("store").get(pk=sku_id)
    if actor is not None and not actor.has_perm(CHANGE, sku):
        raise NotAllowed(_("You may not change this SKU."))
    code = code.strip()
    if not 0 < len(code) <= 80:
        raise WrongCode(_("An alias has 1 to 80 letters."))
    try:
        with transaction.atomic():
            return SkuCode.objects.create(
                store=sku.store,
                code=code,
                sku=sku,
                kind=SkuCode.Kind.ALIAS,
                source=source[:80],
                created_by=actor,
                created_at=at,
            )
    except IntegrityError as error:
        taken = SkuCode.objects.select_related("sku").filter(store=sku.store_id, code=code).first()
        if taken is None:
            raise
        if taken.sku_id == sku.pk:
            return taken
        raise _taken(taken) from error


def give_code(*, sku_id: int, code: str, actor: User | None) -> Sku:
    """The SKU is called by this code; what it was called before finds it for ever (CAT-1).

    A former code of its own, or its alias, may be taken again. Raises NotAllowed, WrongCode for a
    code that breaks the scheme of a strict store, and CodeTaken where it is or was another SKU's.
    Locks the SKU.
    """
    code = code.strip()
    if not 0 < len(code) <= LONGEST:
        raise WrongCode(_("A code has 1 to %(limit)d letters.") % {"limit": LONGEST})
    try:
        with transaction.atomic():
            sku = Sku.objects.select_for_update().get(pk=sku_id)
            if actor is not None and not actor.has_perm(CHANGE, sku):
                raise NotAllowed(_("You may not change this SKU."))
            book = book_of(sku.store_id)
            reading = book.read(code)
            if book.scheme.is_strict and reading.violations:
                raise WrongCode(reading.complaint, code=code)
            sku.code = code
            sku.save(update_fields=["code"])
    except IntegrityError as error:
        taken = skus_by_code(store_id=sku.store_id, codes=[code]).get(code)
        if taken is None:
            raise
        raise _taken(taken) from error
    return sku


def _taken(taken: SkuCode) -> CodeTaken:
    return CodeTaken(whose(taken), code=taken.code, sku_id=taken.sku_id)


def whose(taken: SkuCode) -> str:
    """Why this code can't be another one's."""
    if taken.sku is None:
        return _("%(code)s was the code of a SKU that is gone; no code is used twice.") % {
            "code": taken.code
        }
    return _("%(code)s belongs to the SKU %(sku)s.") % {"code": taken.code, "sku": taken.sku.code}


def find_sku(*, store_id: int, code: str) -> Sku | None:
    """The SKU that has, had or is also known by this code; small and capital letters are the same
    where that leaves no doubt."""
    rows = SkuCode.objects.filter(store=store_id, sku__isnull=False).select_related("sku")
    exact = rows.filter(code=code).first()
    if exact is not None:
        return exact.sku
    alike = {row.sku_id: row.sku for row in rows.filter(code__iexact=code)[:20]}
    return next(iter(alike.values())) if len(alike) == 1 else None


def skus_by_code(*, store_id: int, codes: Collection[str]) -> dict[str, SkuCode]:
    """Code → the row that holds it, with its SKU; codes never used are absent. One query."""
    rows = SkuCode.objects.filter(store=store_id, code__in=list(codes)).select_related("sku")
    return {row.code: row for row in rows}


_ENTERING = """
SELECT k.store_id, k.code
FROM catalog_sku k JOIN catalog_codescheme s ON s.store_id = k.store_id AND s.is_strict
WHERE k.id = ANY (%s) AND NOT EXISTS (SELECT FROM catalog_stockmovement m WHERE m.sku_id = k.id)
"""


def check_entering(sku_ids: Sequence[int]) -> None:
    """Goods may enter stock for the first time. Raises WrongCode for a code that breaks the scheme
    of a strict store; what has been in stock before may always come again. One query, three where
    a store is strict.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENTERING, [sorted(set(sku_ids))])
        entering = cursor.fetchall()
    books: dict[int, CodeBook] = {}
    for store_id, code in entering:
        book = books.get(store_id) or books.setdefault(store_id, book_of(store_id))
        reading = book.read(code)
        if reading.violations:
            raise WrongCode(
                _("%(code)s can't enter stock: it breaks the store's code scheme. %(why)s")
                % {"code": code, "why": reading.complaint},
                code=code,
                violations=[violation.code for violation in reading.violations],
            )

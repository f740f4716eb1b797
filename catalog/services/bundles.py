"""What a bundle is made of, what can be sold of it and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import DatabaseError, connection
from django.db.models import Count, F, Func, IntegerField, Sum
from django.utils.translation import gettext as _

from catalog.models import BundlePart, Sku, StockLevel
from catalog.models.bundles import REFUSED, BundlePartQuerySet
from opsdesk.errors import Conflict, DomainError

# Given the id of a SKU, says why it can't become a bundle; empty where it can.
Objection = Callable[[int], str]
_objections: list[Objection] = []


def on_becoming(objection: Objection) -> None:
    """A chapter above says what else keeps a SKU from becoming a bundle."""
    if objection not in _objections:
        _objections.append(objection)


class NoBundle(DomainError):
    """The SKU can't be made of these parts, or a bundle can't have what was asked."""

    code = "no_bundle"


def check_bundle(bundle: Sku) -> None:
    """The SKU may be made of parts. Raises NoBundle. What the database would refuse, in words."""
    if BundlePart.objects.filter(bundle=bundle).exists():
        return
    whole = BundlePart.objects.filter(part=bundle).select_related("bundle").first()
    if whole:
        raise NoBundle(
            _("%(sku)s is a part of %(bundle)s: a part is no bundle itself.")
            % {"sku": bundle, "bundle": whole.bundle}
        )
    if StockLevel.objects.filter(sku=bundle).exists():
        raise NoBundle(
            _("%(sku)s has stock of its own, or had: make a new SKU for the bundle.")
            % {"sku": bundle}
        )
    for objection in _objections:
        why = objection(bundle.pk)
        if why:
            raise NoBundle(why)


def check_part(bundle: Sku, part: Sku) -> None:
    """The part may be in the bundle. Raises NoBundle, which names a circle SKU by SKU."""
    if part.store_id != bundle.store_id:
        raise NoBundle(_("The bundle and its parts are of one store."))
    if part.pk == bundle.pk:
        raise NoBundle(
            _("A bundle would contain itself: %(circle)s.") % {"circle": f"{bundle} → {bundle}"}
        )
    inner = BundlePart.objects.filter(bundle=part).select_related("part")
    for row in inner:
        if row.part_id == bundle.pk:
            raise NoBundle(
                _("A bundle would contain itself: %(circle)s.")
                % {"circle": f"{bundle} → {part} → {bundle}"}
            )
    if inner:
        raise NoBundle(_("%(sku)s is a bundle itself: name its parts instead.") % {"sku": part})


@contextmanager
def refused_in_words() -> Iterator[None]:
    """What the database refuses because somebody else was first is a Conflict that says so."""
    try:
        yield
    except DatabaseError as error:
        if getattr(error.__cause__, "pgcode", None) != REFUSED:
            raise
        raise Conflict(
            _("Meanwhile these SKUs were changed. Look again at what is made of what.")
        ) from error


def check_no_bundles(sku_ids: Iterable[int]) -> None:
    """None of them is a bundle: they may have stock. Raises NoBundle. One query."""
    found = BundlePart.objects.filter(bundle__in=list(sku_ids)).select_related("bundle").first()
    if found:
        raise NoBundle(
            _("%(sku)s is a bundle: what comes in or is counted are its parts.")
            % {"sku": found.bundle},
            sku_id=found.bundle_id,
        )


def bundles_of(part_ids: Iterable[int]) -> list[int]:
    """Ids of the bundles that these SKUs are in."""
    rows = BundlePart.objects.filter(part__in=list(part_ids))
    return list(rows.order_by().values_list("bundle", flat=True).distinct())


_STOCK = """
SELECT p.bundle_id, s.warehouse_id, min(s.available / p.pieces)
FROM catalog_bundlepart p
JOIN catalog_stocklevel s ON s.sku_id = p.part_id
WHERE p.bundle_id = ANY (%s)
GROUP BY p.bundle_id, s.warehouse_id
HAVING count(*) = (SELECT count(*) FROM catalog_bundlepart q WHERE q.bundle_id = p.bundle_id)
ORDER BY p.bundle_id, s.warehouse_id
"""


def stock_of(sku_ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Bundle id → warehouse id → pieces its parts there make, where each of them has a place.

    SKUs that are no bundles are left out. One query.
    """
    found: dict[int, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STOCK, [list(sku_ids)])
        for bundle_id, warehouse_id, pieces in cursor.fetchall():
            found.setdefault(bundle_id, {})[warehouse_id] = pieces
    return found


def available() -> Func:
    """In a query on SKUs: pieces that active warehouses make of the row; NULL for no bundle."""
    return Func(F("pk"), function="bundle_available", output_field=IntegerField())


def costs_of(rows: BundlePartQuerySet) -> dict[int, Decimal]:
    """Bundle id → what these parts of it cost together, where the cost of each is known."""
    sums = (
        rows.order_by()
        .values("bundle")
        .annotate(
            parts=Count("pk"),
            known=Count("part__cost"),
            amount=Sum(F("pieces") * F("part__cost")),
        )
    )
    return {row["bundle"]: row["amount"] for row in sums if row["known"] == row["parts"]}

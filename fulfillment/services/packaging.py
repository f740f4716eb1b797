"""How goods are packed, and what their label says (FUL-6)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from fulfillment.models import PackagingRule, ParcelItem


class Mark(models.TextChoices):
    """What a label warns of, in the order in which it is printed."""

    FRAGILE = "fragile", _("Fragile")
    THIS_SIDE_UP = "this_side_up", _("This side up")
    KEEP_DRY = "keep_dry", _("Keep dry")
    KEEP_CLEAN = "keep_clean", _("Keep free of dust")
    KEEP_COLD = "keep_cold", _("Keep cold")


_MARKED_BY = {
    Mark.FRAGILE: "shock",
    Mark.THIS_SIDE_UP: "upright",
    Mark.KEEP_DRY: "moisture",
    Mark.KEEP_CLEAN: "dust",
    Mark.KEEP_COLD: "cold",
}


def rules_for(skus: Iterable[Sku]) -> dict[int, PackagingRule]:
    """SKU id → the rule that holds: its product's, else that of the longest category it is in.

    The SKUs come with their products. One query.
    """
    skus = list(skus)
    rules = PackagingRule.objects.filter(store__in={sku.store_id for sku in skus})
    of_product = {rule.product_id: rule for rule in rules if rule.product_id}
    of_category = sorted(
        (rule for rule in rules if not rule.product_id), key=lambda rule: -len(rule.category)
    )
    found = {}
    for sku in skus:
        rule = of_product.get(sku.product_id) or next(
            (rule for rule in of_category if _is_in(sku, rule)), None
        )
        if rule is not None:
            found[sku.pk] = rule
    return found


def _is_in(sku: Sku, rule: PackagingRule) -> bool:
    category = sku.product.category
    of_store = rule.store_id == sku.store_id
    return of_store and (category == rule.category or category.startswith(f"{rule.category}/"))


def marks_of(rules: Iterable[PackagingRule]) -> list[Mark]:
    """All that one of these rules asks for, as they are printed."""
    rules = list(rules)
    return [mark for mark, name in _MARKED_BY.items() if any(getattr(r, name) for r in rules)]


def marks_for(parcel_id: int) -> list[Mark]:
    """What the label of the parcel warns of, by what is in it. Two queries."""
    inside = ParcelItem.objects.filter(parcel=parcel_id).values("sku")
    skus = Sku.objects.filter(pk__in=inside).select_related("product")
    return marks_of(rules_for(skus).values())

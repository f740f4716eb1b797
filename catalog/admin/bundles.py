"""What a SKU is made of: edited on its page, with what the parts cost and how many they make."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from catalog.models import BundlePart, Sku, Warehouse
from catalog.services import bundles
from catalog.services.bundles import NoBundle
from opsdesk import wording
from opsdesk.admin import ScopedForm, ScopedTabularInline


class BundlePartForm(ScopedForm):
    """Says in words what the database would refuse."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        part = cleaned.get("part")
        if part is not None and not cleaned.get("DELETE"):
            try:
                bundles.check_bundle(self.instance.bundle)
                bundles.check_part(self.instance.bundle, part)
            except NoBundle as error:
                raise ValidationError({"part": error.message}) from error
        return cleaned


class BundlePartInline(ScopedTabularInline):
    model = BundlePart
    form = BundlePartForm
    fk_name = "bundle"
    fields = ["part", "pieces"]
    autocomplete_fields = ["part"]
    can_delete_rows = True


def save_parts(formset: forms.BaseFormSet) -> None:
    """The parts are saved, or a Conflict says that somebody else was first."""
    with bundles.refused_in_words(), transaction.atomic():
        formset.save()


def context_of_sku(request: HttpRequest, sku: Sku) -> dict[str, Any]:
    """Of a bundle its cost and what can be sold where; of any SKU the bundles it is in."""
    may = request.user.has_perm
    if not may("catalog.view_bundlepart", sku):
        return {}
    parts = list(sku.parts.select_related("part"))
    places: list[tuple[str, int]] = []
    if parts and may("catalog.view_stocklevel", sku):
        made = bundles.stock_of([sku.pk]).get(sku.pk, {})
        shown = Warehouse.objects.visible_to(request.user).filter(pk__in=made)
        places = [(warehouse.name, made[warehouse.pk]) for warehouse in shown]
    cost = bundles.costs_of(BundlePart.objects.filter(bundle=sku)).get(sku.pk)
    return {
        "bundle_parts": parts,
        "bundle_cost": "" if cost is None else wording.money(cost, sku.store.currency),
        "bundle_places": places,
        "bundle_total": sum(pieces for _name, pieces in places),
        "in_bundles": sku.part_of.select_related("bundle"),
    }

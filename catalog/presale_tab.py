"""What buyers of a product are promised while it is not there yet (CAT-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import PresaleLot, Product
from catalog.presold import Presold, presold_of
from catalog.services.presale_supply import lead_of
from catalog.tabs import ProductTab

SHOWN = 20


@dataclass(frozen=True)
class Shown:
    """A lot with what is sold of it, and whether the supplier keeps the promise."""

    lot: PresaleLot
    presold: Presold
    is_selling: bool
    is_confirmed: bool

    @property
    def percent(self) -> int:
        return min(100 * self.presold.ordered // self.lot.offered, 100)

    @property
    def is_oversold(self) -> bool:
        return self.presold.ordered > self.lot.offered


def show(lots: Sequence[PresaleLot], at: datetime) -> list[Shown]:
    """The lots of one store, which come with it, in their order. Two queries."""
    if not lots:
        return []
    presold, lead = presold_of(lots), lead_of(lots[0].store, at=at)
    return [
        Shown(
            lot,
            presold[lot.pk],
            is_selling=lot.state == PresaleLot.State.OPEN and lot.begins <= at < lot.ends,
            is_confirmed=lead.is_kept(lot),
        )
        for lot in lots
    ]


def presales(request: HttpRequest, product: Product) -> dict[str, Any]:
    rows = PresaleLot.objects.visible_to(request.user).of_products([product.pk])
    lots = rows.select_related("sku", "channel", "store").order_by("-pk")
    return {
        "presales": show(list(lots[:SHOWN]), timezone.now()),
        "zone": product.store.zone,
        "may_file": request.user.has_perm("catalog.add_presalelot", product),
    }


TAB = ProductTab(
    "presale",
    _("Presale"),
    "catalog/tabs/presale.html",
    presales,
    "catalog.view_presalelot",
    place=35,
)

"""How what is claimed for parcels that come back meets the freight insurance (FUL-7, FUL-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from fulfillment.models import FreightInsurance, Parcel, ParcelCase
from fulfillment.services import insuring
from opsdesk.stores.models import User
from orders.models import Order

NOTHING = Decimal(0)


class Stage(models.TextChoices):
    NONE = "none", _("nothing claimed")
    OPEN = "open", _("claim open")
    SETTLED = "settled", _("claim settled")


@dataclass(frozen=True)
class Claim:
    """What an order's insurance covers, and what is claimed of it. Money in the store's currency.

    Insured is the way back of goods: cases of parcels that come back count, no others. What is
    claimed beyond the cover the insurer does not pay.
    """

    insurance: FreightInsurance
    premium: Decimal | None
    cases: Sequence[ParcelCase]

    @property
    def claimed(self) -> Decimal:
        return sum((case.claim_amount or NOTHING for case in self.cases), NOTHING)

    @property
    def insured(self) -> Decimal:
        return min(self.claimed, self.insurance.cover)

    @property
    def beyond(self) -> Decimal:
        return self.claimed - self.insured

    @property
    def stage(self) -> Stage:
        claiming = [case for case in self.cases if case.claim_amount]
        if not claiming:
            return Stage.NONE
        return Stage.OPEN if any(case.is_open for case in claiming) else Stage.SETTLED

    def seen_by(self, user: User) -> Sequence[ParcelCase]:
        """Of the cases those that this person may open. One query, none without cases."""
        if not self.cases:
            return []
        ids = [case.pk for case in self.cases]
        mine = set(ParcelCase.objects.viewable_by(user).filter(pk__in=ids).values_list("pk"))
        return [case for case in self.cases if (case.pk,) in mine]


def claim_of(order: Order) -> Claim | None:
    """The order's cover with the claims on it; None where it is not insured."""
    cover = insuring.cover_of(order)
    if cover is None:
        return None
    mine = Parcel.objects.standing().filter(parcel_orders__order=order)
    rows = ParcelCase.objects.filter(parcel__in=mine, kind=ParcelCase.Kind.RETURNED)
    rows = rows.order_by("pk")
    return Claim(cover.insurance, cover.premium, list(rows.select_related("parcel")))


def cover_of_parcel(orders: Iterable[Order]) -> Decimal | None:
    """Up to how much the way back of a parcel with these orders is insured; None: not at all."""
    covers = [cover.amount for order in orders if (cover := insuring.cover_of(order)) is not None]
    return sum(covers, NOTHING) if covers else None

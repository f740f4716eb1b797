"""Many compensations at once are put down as granted, after a preview (FUL-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fulfillment.late_words import worth
from fulfillment.models import Compensation, CompensationKind
from fulfillment.services.granting import GRANT, grant_compensations
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words

if TYPE_CHECKING:
    from opsdesk.stores.models import User


class Granting(Action):
    def rows(self, rows: QuerySet, user: User) -> QuerySet:
        """Money is paid by somebody other than who proposed it."""
        return super().rows(rows, user).exclude(kind=CompensationKind.MONEY, proposed_by=user)


GRANTING = Granting(
    code="compensation_granted",
    title=_("Put down as granted"),
    permission=GRANT,
    fitting=lambda rows: rows.waiting(),
    run=grant_compensations,
    done=_("Granted: %(count)s."),
    needs_reason=True,
    asks=_("How they got it"),
)


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s compensation was left alone.", "%(count)s compensations were left alone.", count
    ) % {"count": count}


COMPENSATIONS = BulkList(
    model=Compensation,
    actions={GRANTING.code: GRANTING},
    name=lambda row: f"{row.order.external_number} · {worth(row)}",
    state=lambda row: row.get_state_display(),
    related=("order", "store"),
    directly=500,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one compensation."),
        too_many=_("That is more than %(most)s compensations. Narrow the selection first."),
        none_chosen=_("No compensations were chosen."),
        say_why=_("Say how the customers got it: a coupon's code, a payment's number."),
        left_alone=_left_alone,
        why=_(
            "Left alone is what nobody agreed on yet, what was granted before, money that you "
            "proposed yourself, and compensations of stores where you may not do this."
        ),
        back=_("Back to the compensations"),
    ),
)
bulk.register(*COMPENSATIONS.verbs())

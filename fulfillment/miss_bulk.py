"""Many missed or short shipments at once (FUL-4)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fulfillment.models import ShipmentMiss
from fulfillment.services.misses import FOLLOW_UP, follow_up
from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words

FOLLOWING = Action(
    code="miss_followed_up",
    title=_("Follow up"),
    permission=FOLLOW_UP,
    fitting=lambda rows: rows.unsettled(),
    run=follow_up,
    done=_("Followed up: %(count)s."),
    needs_reason=True,
    asks=_("What is done about it"),
)


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s shipment was left alone.", "%(count)s shipments were left alone.", count
    ) % {"count": count}


MISSES = BulkList(
    model=ShipmentMiss,
    actions={FOLLOWING.code: FOLLOWING},
    name=lambda miss: miss.order.external_number,
    state=lambda miss: miss.get_state_display(),
    related=("order",),
    directly=500,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one shipment."),
        too_many=_("That is more than %(most)s shipments. Narrow the selection first."),
        none_chosen=_("No shipments were chosen."),
        say_why=_("Say what is done about it."),
        left_alone=_left_alone,
        why=_(
            "Left alone are shipments that have left meanwhile, and those of stores where you may "
            "not follow up."
        ),
        back=_("Back to missed and short"),
    ),
)
bulk.register(*MISSES.verbs())

"""Many differences at once: first a page that says what would happen, then it happens (ORD-9)."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opsdesk.bulk import services as bulk
from opsdesk.bulk.lists import Action, BulkList, Words
from orders.models import MoneyDifference
from orders.services.settling import SETTLE, settle_all

How = MoneyDifference.How

# Each settles what one person may settle alone, and asks for the rest.
ACTIONS = {
    code: Action(
        code=code,
        title=title,
        permission=SETTLE,
        fitting=lambda rows: rows.open(),
        run=partial(settle_all, how),
        done=_("Settled or asked for: %(count)s."),
        needs_reason=True,
        tone="primary",
    )
    for code, how, title in (
        ("money_accepted", How.ACCEPTED, _("Accept the provider's figures")),
        ("money_claimed", How.CLAIMED, _("Claim from the provider")),
        ("money_written_off", How.WRITTEN_OFF, _("Write off")),
    )
}


def _left_alone(count: int) -> str:
    return ngettext(
        "%(count)s difference was left alone: it is not open any more, or you may not settle it.",
        "%(count)s differences were left alone: they are not open any more, or you may not "
        "settle them.",
        count,
    ) % {"count": count}


DIFFERENCES = BulkList(
    model=MoneyDifference,
    actions=ACTIONS,
    name=lambda difference: difference.known_by or str(difference),
    state=lambda difference: difference.get_state_display(),
    related=("payment__order", "refund__order", "line__order"),
    directly=200,
    most=20_000,
    words=Words(
        tick_one=_("Tick at least one difference."),
        too_many=_("That is more than %(most)s differences. Narrow the selection first."),
        none_chosen=_("No differences were chosen."),
        say_why=_("Say why, so that others can follow it."),
        left_alone=_left_alone,
        why=_(
            "Left alone are differences that are not open, and those of stores where you may not "
            "settle."
        ),
        back=_("Back to the differences"),
    ),
)
bulk.register(*DIFFERENCES.verbs())

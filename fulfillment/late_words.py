"""What people read of an order that will be late."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment.models import Compensation, CompensationKind, LateRisk
from opsdesk import wording
from opsdesk.lists import moment_in
from orders.models import CustomerMessage


def why(risk: LateRisk) -> str:
    """What is behind the reason, in a sentence."""
    told = risk.evidence
    if risk.reason == LateRisk.Reason.SHORTAGE:
        return _short(told)
    if risk.reason == LateRisk.Reason.PRESALE:
        return _("Promised for %(day)s. %(missing)s") % {
            "day": told.get("promised", "?"),
            "missing": _short(told),
        }
    if risk.reason == LateRisk.Reason.CAPACITY:
        return _("Number %(place)s in its warehouse, which ships %(pace)s parcels an hour") % {
            "place": told.get("place", "?"),
            "pace": told.get("per_hour", "?"),
        }
    stage = told.get("stage", "")
    return str(LateRisk.Stage(stage).label) if stage in LateRisk.Stage.values else ""


def _short(told: dict) -> str:
    codes = list(told.get("codes") or [])
    more = int(told.get("skus") or len(codes)) - len(codes)
    named = _(", ").join(codes)
    if more > 0:
        named = _("%(codes)s and %(count)s more") % {"codes": named, "count": more}
    pieces = int(told.get("pieces") or 0)
    words = ngettext(
        "%(count)s piece is missing: %(codes)s", "%(count)s pieces are missing: %(codes)s", pieces
    )
    return words % {"count": pieces, "codes": named}


def mark_said(risks: Sequence[LateRisk]) -> None:
    """Each knows what became of telling its customer (`said`). One statement."""
    said = CustomerMessage.objects.filter(
        order__in=[risk.order_id for risk in risks], kind=CustomerMessage.Kind.DELAY
    )
    by_delay = {(row.order_id, row.turn): row for row in said}
    for risk in risks:
        risk.said = by_delay.get((risk.order_id, risk.delay))  # type: ignore[attr-defined]


def told_in_words(risk: LateRisk) -> str:
    """When a message went, or why none could. Of a row that `mark_said` has seen."""
    if risk.told_at:
        return moment_in(risk.told_at, risk.store)
    said = getattr(risk, "said", None)
    return str(said.get_withheld_display()) if said is not None else "–"


def worth(compensation: Compensation) -> str:
    """Coupon of ¥10.00, 500 points."""
    kind = compensation.get_kind_display()
    if compensation.kind == CompensationKind.POINTS:
        points = f"{compensation.amount.normalize():f}"
        return f"{points} {kind}"
    return f"{kind} {wording.money(compensation.amount, compensation.store.currency)}"

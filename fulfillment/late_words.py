"""What people read of an order that will be late."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment.models import LateRisk


def why(risk: LateRisk) -> str:
    """What is behind the reason, in a sentence."""
    told = risk.evidence
    if risk.reason == LateRisk.Reason.SHORTAGE:
        return _short(told)
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

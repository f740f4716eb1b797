"""The clauses of the daily inspection in the words of the procedure (INS)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CLAUSES: Mapping[str, str | Promise] = {
    "INS-1": _("Promotions, advertising and payment"),
    "INS-2": _("Activity texts and pictures on the storefront"),
    "INS-3": _("Stock and replenishment"),
    "INS-4": _("Storefront pages and links"),
    "INS-5": _("Complaints, reports and violations"),
    "INS-6": _("Missed orders and stalled parcels"),
    "INS-7": _("Store ratings"),
    "INS-8": _("Traffic, conversion and data feeds"),
    "INS-9": _("Overdue approvals, reviews, measures and training"),
}


def title_of(clause: str) -> str:
    """In the reader's language; nothing for a clause of another chapter."""
    return str(CLAUSES.get(clause, ""))


def in_order(codes: Mapping[str, object] | set[str]) -> list[str]:
    """The nine clauses, then the others of these, by name."""
    return [*CLAUSES, *sorted(set(codes) - CLAUSES.keys())]

"""The board of stock that runs out next (CAT-8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.admin.stock import WarehouseFilter
from catalog.models import StockCover
from catalog.models.cover import ENDLESS
from catalog.services.proposals import Proposal, propose
from opsdesk import keyset
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, pill

SOON_DAYS = 7


class CoverFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    warehouse = WarehouseFilter()
    store = StoreFilter()

    class Meta:
        model = StockCover
        fields: list[str] = []


def _number(value: Decimal) -> str:
    """Without the zeros behind the point that mean nothing to a reader."""
    return f"{value.normalize():f}"


def _days(cover: StockCover) -> str:
    """A dash where nobody buys: no end is in sight."""
    return "—" if cover.cover_days >= ENDLESS else _number(cover.cover_days)


def _available(cover: StockCover) -> int | SafeString:
    is_low = cover.average > 0 and cover.available <= cover.safety_stock
    return pill(cover.available, "danger") if is_low else cover.available


def _of_proposal(part: Callable[[Proposal], Any]) -> Callable[[Any], Any]:
    """A cell of the proposal; empty where nothing has to be ordered."""
    return lambda cover: part(cover.proposal) if cover.proposal else ""


@admin.register(StockCover)
class StockCoverAdmin(ReadOnlyList):
    """What runs out next on top. Nothing here is edited: the nightly run and the stock write it."""

    filters = CoverFilters
    sorting = keyset.Sorting("cover_days", descending=False)
    empty_title = _("No days of cover yet")
    empty_hint = _("They are worked out every night from the stock ledger.")
    columns = [
        Column(_("SKU code"), lambda c: c.sku.code, "od-mono od-nowrap"),
        Column(_("warehouse"), lambda c: c.warehouse, "od-wide"),
        Column(_("days of cover"), _days, "od-num"),
        Column(_("available"), _available, "od-num"),
        Column(_("safety stock"), lambda c: c.safety_stock, "od-num od-wide"),
        Column(_("average daily sales"), lambda c: _number(c.average), "od-num od-wide"),
        Column(_("to order"), _of_proposal(lambda p: p.quantity), "od-num"),
        Column(_("supplier"), _of_proposal(lambda p: p.supplier or ""), "od-wide"),
        Column(
            _("would arrive"),
            _of_proposal(lambda p: date_format(p.arrives_on) if p.arrives_on else ""),
            "od-nowrap od-wide",
        ),
    ]
    fields = [
        ("store", "sku", "warehouse"),
        ("available", "lasts", "safety_stock"),
        ("average", "days_counted", "computed_at"),
    ]
    readonly_fields = ["lasts"]
    tabs = [
        Tab("low", _("Low stock"), lambda rows: rows.low()),
        Tab("soon", _("Less than 7 days"), lambda rows: rows.lasting_less_than(SOON_DAYS)),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet[Any]:
        return super().list_rows(request).select_related("sku", "warehouse", "store")

    @admin.display(description=_("days of cover"))
    def lasts(self, cover: StockCover) -> str | Promise:
        return _("no end in sight") if cover.cover_days >= ENDLESS else _number(cover.cover_days)

    def _read(self, request: HttpRequest, rows: QuerySet) -> tuple[keyset.Page, str | Promise]:
        """What to order is worked out for the page that is shown, all at once."""
        page, problem = super()._read(request, rows)
        shown: list[Any] = page.rows
        proposals = propose(shown, at=timezone.now())
        for cover in shown:
            cover.proposal = proposals.get(cover.pk)
        return page, problem

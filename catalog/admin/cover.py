"""The board of stock that runs out next (CAT-8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from catalog.models import StockCover
from catalog.models.cover import ENDLESS
from catalog.services.proposals import Proposal, propose
from catalog.services.purchase_planning import draft_proposed, plan_orders
from catalog.services.purchasing import ORDER, pieces_on_order
from opsdesk import keyset, posted
from opsdesk.bulk.lists import chosen_rows, frame
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, pill

SOON_DAYS = 7
MOST = 500


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
        Column(_("on order"), lambda c: c.on_order or "", "od-num od-wide"),
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

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """What to order is worked out for the page that is shown, all at once."""
        on_order = pieces_on_order({cover.sku_id for cover in shown})
        proposals = propose(shown, at=timezone.now(), on_order=on_order)
        for cover in shown:
            cover.proposal = proposals.get(cover.pk)
            cover.on_order = on_order.get((cover.sku_id, cover.warehouse_id), 0)

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [("order", _("Order from suppliers"))] if request.user.has_perm(ORDER) else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.order))
        return [path("order/", view, name="catalog_stockcover_order"), *super().get_urls()]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """What would be ordered of the ticked rows from whom, and what is left alone and why."""
        if not request.user.has_perm(ORDER):
            raise PermissionDenied
        chosen = self._to_order(request)
        plan = plan_orders(chosen, at=timezone.now())
        context = {
            **frame(self, request, gettext("Order from suppliers")),
            "plan": plan,
            "ids": ",".join(str(line.cover.pk) for order in plan.orders for line in order.lines),
        }
        return TemplateResponse(request, "catalog/order_preview.html", context)

    def order(self, request: HttpRequest) -> HttpResponse:
        """The drafts that the preview showed are made, of what is proposed now."""
        if not request.user.has_perm(ORDER):
            raise PermissionDenied
        rows = self._named(request, request.POST.get("ids", "").split(","))
        orders = draft_proposed(list(rows), actor=request.user, at=timezone.now())
        if not orders:
            raise DomainError(gettext("Nothing of this has to be ordered any more."))
        words = ngettext(
            "%(count)s draft: %(numbers)s", "%(count)s drafts: %(numbers)s", len(orders)
        )
        numbers = ", ".join(order.number for order in orders)
        messages.success(request, words % {"count": len(orders), "numbers": numbers})
        if len(orders) == 1:
            return redirect("admin:catalog_purchaseorder_change", orders[0].pk)
        return redirect(f"{reverse('admin:catalog_purchaseorder_changelist')}?tab=drafts")

    def _to_order(self, request: HttpRequest) -> list[StockCover]:
        ticked = chosen_rows(self, request, tick_one=gettext("Tick at least one row."))
        chosen = list(self._orderable(request, ticked).order_by("pk")[: MOST + 1])
        if not chosen:
            raise DomainError(gettext("Tick at least one row."))
        if len(chosen) > MOST:
            words = gettext("That is more than %(most)s rows. Narrow the selection first.")
            raise DomainError(words % {"most": MOST})
        return chosen

    def _named(self, request: HttpRequest, ids: list[str]) -> QuerySet[Any]:
        named = posted.ids_of(ids[:MOST])
        return self._orderable(request, self.list_rows(request).filter(pk__in=named))

    def _orderable(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those in stores where the person may order."""
        user = request.user
        return rows if user.is_superuser else rows.in_stores(user.stores_allowing(ORDER))

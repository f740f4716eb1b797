"""The analysis chapter on the desk and in the sidebar; roll-ups are looked at, never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analytics import desk, page, queries
from analytics.models import DailySales
from opsdesk import keyset, navigation, wording
from opsdesk.desk import cards
from opsdesk.desk.cards import Chart, Day
from opsdesk.filters import ChannelFilter, DateSpanFilter, ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, crumbs
from opsdesk.navigation import Screen
from opsdesk.stores.models import Store

DAYS = 14
VIEW = "analytics.view_dailysales"


class DailySalesFilters(ListFilters):
    store = StoreFilter()
    channel = ChannelFilter()
    basis = StateFilter(DailySales._meta.get_field("basis").choices, _("Counted by"))
    days = DateSpanFilter(label=_("Business day"), field_name="date")

    class Meta:
        model = DailySales
        fields: list[str] = []


@admin.register(DailySales)
class DailySalesAdmin(ReadOnlyList):
    sorting = keyset.Sorting("date")
    filters = DailySalesFilters
    empty_title = _("No figures yet")
    empty_hint = _("Days appear here once orders have been rolled up.")
    columns = [
        Column(_("business day"), lambda d: d.date.isoformat(), "od-nowrap"),
        Column(_("store"), lambda d: d.store),
        Column(_("channel"), lambda d: d.channel, "od-wide"),
        Column(_("counted by"), lambda d: d.get_basis_display(), "od-wide"),
        Column(_("orders"), lambda d: d.orders, "od-num od-wide"),
        Column(_("paid orders"), lambda d: d.paid_orders, "od-num"),
        Column(_("GMV"), lambda d: wording.money(d.gmv, d.store.currency), "od-num"),
        Column(
            _("refunds"), lambda d: wording.money(d.refunds, d.store.currency), "od-num od-wide"
        ),
        Column(_("net"), lambda d: wording.money(d.gmv - d.refunds, d.store.currency), "od-num"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "channel")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The channel's last months, figure by figure, with what is usual."""
        row: DailySales = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{row.channel} {row.date.isoformat()}",
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "row": row,
            "histories": page.histories_of(row, at=timezone.now()),
        }
        return TemplateResponse(request, "analytics/day_page.html", context)


def charts(request: HttpRequest, stores: list[Store], at: datetime) -> list[Chart]:
    """GMV and paid orders of the last fourteen business days, a chart per currency."""
    series = queries.daily_series(stores, days=DAYS, at=at)
    return [
        Chart(
            title=gettext("Last %(days)s days, %(currency)s")
            % {"days": DAYS, "currency": currency},
            bar_label=_("GMV"),
            line_label=_("Paid orders"),
            days=[
                Day(
                    date=row["date"],
                    bar=row["gmv"],
                    bar_text=wording.whole_money(row["gmv"], currency),
                    line=row["paid_orders"],
                )
                for row in rows
            ],
        )
        for currency, rows in series.items()
    ]


navigation.register(
    "analytics",
    Screen(_("Daily sales"), "bar_chart", "admin:analytics_dailysales_changelist", VIEW),
)
cards.register_charts(VIEW, charts)
desk.register()

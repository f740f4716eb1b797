"""Finance's screens: statements, their lines, differences, the day's balance sheet, fee rates."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk import keyset, navigation, wording
from opsdesk.admin import ScopedModelAdmin
from opsdesk.audit import reading
from opsdesk.filters import DaysFilter, ListFilters, PlainSearch, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen
from orders import money_files
from orders.models import FeeRate, MoneyDifference, Provider, Statement, StatementLine
from orders.money_bulk import DIFFERENCES
from orders.money_forms import VIEW, SettleForm, SheetForm, day_before
from orders.services.balance import balance_sheet
from orders.services.settling import SETTLE, settle_difference

LIST = "admin:orders_moneydifference_changelist"
SHEET = "admin:orders_moneydifference_sheet"
State = MoneyDifference.State
TONES = {
    State.OPEN: "warning",
    State.ASKED: "info",
    State.SETTLED: "good",
    State.GONE: "",
}
KIND_TONES = {
    MoneyDifference.Kind.MISSING_HERE: "danger",
    MoneyDifference.Kind.MISSING_THERE: "danger",
    MoneyDifference.Kind.DUPLICATE: "danger",
    MoneyDifference.Kind.AMOUNT: "warning",
    MoneyDifference.Kind.FEE: "info",
    MoneyDifference.Kind.LATE: "info",
}
SUBJECTS = ("payment__order", "refund__order", "line__order")


class StatementFilters(ListFilters):
    provider = StateFilter(Provider.choices, _("Provider"))
    store = StoreFilter()

    class Meta:
        model = Statement
        fields: list[str] = []


@admin.register(Statement)
class StatementAdmin(ReadOnlyList):
    filters = StatementFilters
    empty_title = _("No statements yet")
    empty_hint = _("Upload the file that the payment provider gives out.")
    columns = [
        Column(pgettext_lazy("a moment", "from"), lambda s: s.first_day, "od-nowrap"),
        Column(_("until"), lambda s: s.last_day, "od-nowrap"),
        Column(_("provider"), lambda s: s.get_provider_display(), "od-nowrap"),
        Column(_("file"), lambda s: s.import_session, "od-wide"),
        Column(_("store"), lambda s: s.store, "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "import_session")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons: list[tuple[str, str | Promise]] = []
        if request.user.has_perm("orders.view_feerate"):
            buttons.append((reverse("admin:orders_feerate_changelist"), _("Fee rates")))
        if request.user.has_perm("orders.import_statement"):
            upload = reverse("admin:exchange_importsession_upload")
            buttons.append((upload, _("Upload a statement")))
        return buttons

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        statement = self.get_object(request, object_id)
        by_kind = statement.lines.order_by().values("kind").annotate(count=Count("pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": str(statement),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "statement": statement,
            "kinds": [
                (StatementLine.Kind(row["kind"]).label, row["count"])
                for row in by_kind.order_by("kind")
            ],
            "unmatched": statement.lines.unmatched().count(),
        }
        return TemplateResponse(request, "orders/statement_page.html", context)


class LineFilters(ListFilters):
    order_number = django_filters.CharFilter(
        label=_("Order number"), max_length=80, widget=PlainSearch
    )
    statement = django_filters.NumberFilter(widget=forms.HiddenInput)
    kind = StateFilter(StatementLine.Kind.choices, _("Kind"))
    at = DaysFilter(_("Booked"))
    store = StoreFilter()

    class Meta:
        model = StatementLine
        fields: list[str] = []


def _order_of(row: StatementLine) -> str:
    return row.order.external_number if row.order else row.order_number


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyList):
    filters = LineFilters
    sorting = keyset.Sorting("at")
    empty_title = _("No lines yet")
    fields = [
        ("store", "provider", "statement"),
        ("kind", "reference", "trade"),
        ("amount", "fee", "balance"),
        ("order_number", "at"),
    ]
    columns = [
        Column(
            pgettext_lazy("of a statement", "reference"), lambda n: n.reference, "od-mono od-nowrap"
        ),
        Column(_("kind"), lambda n: n.get_kind_display()),
        Column(_("order number"), _order_of, "od-mono od-nowrap"),
        Column(_("amount"), lambda n: wording.money(n.amount, n.currency), "od-num"),
        Column(_("fee"), lambda n: wording.money(n.fee, n.currency), "od-num od-wide"),
        Column(_("booked"), lambda n: moment_in(n.at, n.store), "od-nowrap"),
        Column(_("provider"), lambda n: n.get_provider_display(), "od-wide"),
        Column(_("store"), lambda n: n.store, "od-wide"),
    ]
    tabs = [Tab("unmatched", _("No order tells of it"), lambda rows: rows.unmatched())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "order")


class DifferenceFilters(ListFilters):
    kind = StateFilter(MoneyDifference.Kind.choices, _("Kind"))
    state = StateFilter(State.choices, _("State"))
    at = DaysFilter(_("As of"))
    store = StoreFilter()

    class Meta:
        model = MoneyDifference
        fields: list[str] = []


def _money_of(name: str) -> Any:
    return lambda row: wording.money(getattr(row, name), row.currency)


@admin.register(MoneyDifference)
class MoneyDifferenceAdmin(ReadOnlyList):
    filters = DifferenceFilters
    sorting = keyset.Sorting("at")
    empty_title = _("No differences")
    empty_hint = _("Bring in a payment provider's statement; what differs is listed here.")
    columns = [
        Column(
            _("kind"),
            lambda d: state_pill(MoneyDifference.Kind, d.kind, KIND_TONES[d.kind]),
            "od-nowrap",
        ),
        Column(_("order number"), lambda d: d.known_by, "od-mono"),
        Column(_("ours"), _money_of("ours"), "od-num"),
        Column(_("theirs"), _money_of("theirs"), "od-num"),
        Column(_("difference"), _money_of("amount"), "od-num"),
        Column(_("as of"), lambda d: moment_in(d.at, d.store), "od-nowrap od-wide"),
        Column(_("store"), lambda d: d.store, "od-wide"),
        Column(_("state"), lambda d: state_pill(State, d.state, TONES[d.state])),
    ]
    tabs = [
        Tab("open", _("Open"), lambda rows: rows.open()),
        Tab("funds", _("Late or missing funds"), lambda rows: rows.late_funds()),
        Tab("asked", _("To approve"), lambda rows: rows.filter(state=State.ASKED)),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("store", "approval", "settled_by", *SUBJECTS)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [(reverse(SHEET), _("Balance sheet"))]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return DIFFERENCES.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        return DIFFERENCES.preview(self, request)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "orders_moneydifference"
        return [
            path("<int:object_id>/settle/", view(require_POST(self.settle)), name=f"{name}_settle"),
            path("bulk/", view(require_POST(self.run_bulk)), name=f"{name}_bulk"),
            path("sheet/", view(self.sheet), name=f"{name}_sheet"),
            *super().get_urls(),
        ]

    def run_bulk(self, request: HttpRequest) -> HttpResponse:
        return DIFFERENCES.run(request)

    def settle(self, request: HttpRequest, object_id: int) -> HttpResponse:
        difference = self.get_object(request, str(object_id))
        if not self.allows(request, SETTLE, difference):
            raise PermissionDenied
        form = SettleForm(request.POST)
        if not form.is_valid():
            return self._page(request, difference, form)
        settled = settle_difference(
            difference_id=difference.pk, **form.cleaned_data, actor=request.user, at=timezone.now()
        )
        if settled.state == State.ASKED:
            words = gettext("The settlement is filed; a second person of finance decides on it.")
        else:
            words = gettext("The difference is settled.")
        messages.success(request, words)
        return redirect(f"{reverse(LIST)}?tab=open")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id), SettleForm())

    def _page(
        self, request: HttpRequest, difference: MoneyDifference, form: SettleForm
    ) -> HttpResponse:
        may = difference.state == State.OPEN and self.allows(request, SETTLE, difference)
        order = difference.order
        lines = order.statement_lines.order_by("at", "pk") if order else [difference.line]
        context = {
            **self.admin_site.each_context(request),
            "title": difference.order_number or str(difference),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "difference": difference,
            "order": order,
            "lines": lines,
            "tone": TONES[State(difference.state)],
            "form": form if may else None,
            "may_see_order": order and self.allows(request, "orders.view_order", order),
            "history": reading.history_of(difference, request.user),
        }
        return TemplateResponse(request, "orders/money_difference_page.html", context)

    def sheet(self, request: HttpRequest) -> HttpResponse:
        """A store's business day: on the screen, on paper, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = SheetForm(request.GET or None, user=request.user)
        if not request.GET:
            store = form.fields["store"].queryset.first()
            if store is None:
                raise PermissionDenied
            day = {"store": store.pk, "day": day_before(store, timezone.now())}
            form = SheetForm(day, user=request.user)
        shown = balance_sheet(**form.cleaned_data) if form.is_valid() else None
        wanted = request.GET.get("format", "")
        if shown and wanted in ("csv", "xlsx"):
            return money_files.sheet_file(shown, as_workbook=wanted == "xlsx")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Balance sheet"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "sheet": shown,
        }
        template = "money_sheet_print" if shown and wanted == "print" else "money_sheet"
        return TemplateResponse(request, f"orders/{template}.html", context)


@admin.register(FeeRate)
class FeeRateAdmin(ScopedModelAdmin):
    """What was agreed later is a rate of a later day; each is on record with its changes."""

    list_display = ["provider", "percent", "comes_back", "valid_from", "store"]
    list_select_related = ["store"]
    fields = [("store", "provider"), ("percent", "comes_back"), "valid_from"]


navigation.register(
    "orders",
    Screen(
        _("Reconciliation"),
        "account_balance",
        LIST,
        VIEW,
        waiting=lambda request: MoneyDifference.objects.viewable_by(request.user).open(),
        tone="warning",
        rank=60,
    ),
    Screen(
        _("Statements"),
        "request_quote",
        "admin:orders_statement_changelist",
        "orders.view_statement",
        rank=61,
    ),
)

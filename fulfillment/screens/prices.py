"""Price tables of carriers, and what they would ask for a parcel."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfillment import regions
from fulfillment.carrier_forms import QUOTE, QuoteForm
from fulfillment.models import PriceRow, PriceTable, Surcharge
from fulfillment.services import offers
from opsdesk import keyset, navigation
from opsdesk.admin import ScopedForm, ScopedTabularInline
from opsdesk.filters import ListFilters, PrefixFilter
from opsdesk.lists import Column, KeysetModelAdmin, pill
from opsdesk.navigation import Screen


class PriceRowInline(ScopedTabularInline):
    model = PriceRow
    fields = [
        "origin",
        "region",
        "above_grams",
        "up_to_grams",
        "first_grams",
        "first_price",
        "step_grams",
        "step_price",
        "minimum",
    ]
    can_delete_rows = True
    per_page = 50


class SurchargeInline(ScopedTabularInline):
    model = Surcharge
    fields = ["kind", "region", "first_day", "last_day", "percent", "amount", "minimum"]
    can_delete_rows = True


class PriceTableForm(ScopedForm):
    """A table is of one store: its service's, and its warehouse's."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        service, warehouse = cleaned.get("service"), cleaned.get("warehouse")
        service = service or getattr(self.instance, "service", None)
        if service and warehouse and service.carrier.store_id != warehouse.store_id:
            self.add_error("warehouse", gettext("This belongs to another store."))
        return cleaned


class PriceTableFilters(ListFilters):
    name = PrefixFilter(label=_("Name"))
    carrier = PrefixFilter(label=_("Carrier code"), field_name="code", through="service__carrier")

    class Meta:
        model = PriceTable
        fields: list[str] = []


def _standing(table: PriceTable) -> Any:
    day = table.service.carrier.store.business_date(timezone.now())
    if table.valid_from > day:
        return pill(_("not yet valid"), "info")
    if table.valid_until and table.valid_until < day:
        return pill(_("run out"))
    return pill(_("valid"), "good")


@admin.register(PriceTable)
class PriceTableAdmin(KeysetModelAdmin):
    form = PriceTableForm
    filters = PriceTableFilters
    sorting = keyset.Sorting("valid_from")
    empty_title = _("No price tables yet")
    empty_hint = _("Add one for a service, then bring its rows in as a file, or enter them here.")
    fields = [
        ("service", "warehouse"),
        ("name", "currency"),
        ("valid_from", "valid_until"),
        "divisor",
    ]
    inlines = [SurchargeInline, PriceRowInline]
    columns = [
        Column(_("name"), lambda t: t.name),
        Column(_("service"), lambda t: t.service),
        Column(_("from warehouse"), lambda t: t.warehouse or _("all"), "od-wide"),
        Column(_("valid from"), lambda t: t.valid_from.isoformat(), "od-nowrap"),
        Column(
            _("valid until"),
            lambda t: t.valid_until.isoformat() if t.valid_until else "–",
            "od-nowrap od-wide",
        ),
        Column(_("rows"), lambda t: t.row_count, "od-num"),
        Column(_("state"), _standing),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request).select_related("service__carrier__store", "warehouse")
        return rows.annotate(row_count=Count("rows"))

    def get_readonly_fields(self, request: HttpRequest, obj: PriceTable | None = None) -> list[str]:
        return ["service", "warehouse", "currency"] if obj else []

    def choices_for(self, db_field: Any, request: HttpRequest) -> QuerySet | None:
        choices = super().choices_for(db_field, request)
        if choices is not None and db_field.name == "service":
            return choices.select_related("carrier")
        return choices

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        quote = (reverse("admin:fulfillment_pricetable_quote"), _("Ask for a price"))
        return [*super().list_buttons(request), quote]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.quote)
        return [path("quote/", view, name="fulfillment_pricetable_quote"), *super().get_urls()]

    def quote(self, request: HttpRequest) -> HttpResponse:
        """What each service would ask for a parcel, the best first. Nothing is saved."""
        if not request.user.has_perm(QUOTE):
            raise PermissionDenied
        form = QuoteForm(request.GET if "weight" in request.GET else None, user=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Ask for a price"),
            "crumbs": [],
            "opts": self.opts,
            "form": form,
        }
        if form.is_bound and form.is_valid():
            context |= _asked(form)
        return TemplateResponse(request, "fulfillment/quote.html", context)


def _asked(form: QuoteForm) -> dict[str, Any]:
    store = form.wish.warehouse.store
    deliver_by = None
    if form.last_day is not None:
        after = datetime.combine(form.last_day, time.min, tzinfo=store.zone) + timedelta(days=1)
        deliver_by = after - timedelta(seconds=1)
    found = offers.recommend(form.wish, deliver_by=deliver_by, at=timezone.now())
    return {
        "found": found,
        "place": regions.name_of(found.region),
        "currency": store.currency,
    }


navigation.register(
    "fulfillment",
    Screen(
        _("Ask for a price"),
        "request_quote",
        "admin:fulfillment_pricetable_quote",
        QUOTE,
        rank=61,
    ),
    Screen(
        _("Price tables"),
        "price_change",
        "admin:fulfillment_pricetable_changelist",
        QUOTE,
        rank=62,
    ),
)

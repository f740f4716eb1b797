"""What stores promise their buyers: freight, days, insurance of the way back (FUL-8)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfillment import regions
from fulfillment.models import (
    DeliveryPromise,
    FreightInsurance,
    FreightRow,
    FreightTemplate,
    InsuranceBand,
)
from fulfillment.services import insuring
from fulfillment.services.freight import Line, freight_for
from fulfillment.store_terms_forms import FreightTryForm
from opsdesk import keyset, navigation
from opsdesk.admin import ScopedTabularInline
from opsdesk.filters import ListFilters, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, crumbs, pill
from opsdesk.navigation import Screen
from opsdesk.wording import money


def _standing(row: Any) -> Any:
    day = row.store.business_date(timezone.now())
    if row.valid_from > day:
        return pill(_("not yet valid"), "info")
    if row.valid_until and row.valid_until < day:
        return pill(_("run out"))
    return pill(_("valid"), "good")


def _until(row: Any) -> str:
    return row.valid_until.isoformat() if row.valid_until else "–"


def _channel(row: Any) -> Any:
    return row.channel or _("all channels")


def _region(row: Any) -> Any:
    return regions.name_of(row.region) if row.region else _("everywhere else")


class OfStore(ListFilters):
    store = StoreFilter()


class DatedAdmin(KeysetModelAdmin):
    """Terms with a channel and days."""

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "channel")


class FreightFilters(OfStore):
    class Meta:
        model = FreightTemplate
        fields: list[str] = []


class FreightRowInline(ScopedTabularInline):
    model = FreightRow
    fields = [
        "region",
        "is_delivered",
        "first",
        "first_price",
        "step",
        "step_price",
        "free_from",
    ]
    can_delete_rows = True
    per_page = 50


@admin.register(FreightTemplate)
class FreightTemplateAdmin(DatedAdmin):
    filters = FreightFilters
    sorting = keyset.Sorting("pk")
    empty_title = _("No freight templates yet")
    empty_hint = _("Add the store's default: what buyers pay for freight, and from when on none.")
    fields = [
        ("store", "channel"),
        ("name", "by"),
        ("free_from", "is_default"),
        ("valid_from", "valid_until"),
    ]
    inlines = [FreightRowInline]
    columns = [
        Column(_("name"), lambda t: t.name),
        Column(_("channel"), _channel),
        Column(_("charged by"), lambda t: t.get_by_display(), "od-wide"),
        Column(_("free from"), lambda t: money(t.free_from, t.store.currency) or "–", "od-num"),
        Column(_("valid from"), lambda t: t.valid_from.isoformat(), "od-nowrap od-wide"),
        Column(_("valid until"), _until, "od-nowrap od-wide"),
        Column(
            _("state"),
            lambda t: pill(_("default"), "info") if t.is_default else _standing(t),
        ),
        Column(_("store"), lambda t: t.store, "od-wide"),
    ]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        tried = (reverse("admin:fulfillment_freighttemplate_try"), _("Try it"))
        return [*super().list_buttons(request), tried]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_it)
        return [path("try/", view, name="fulfillment_freighttemplate_try"), *super().get_urls()]

    def try_it(self, request: HttpRequest) -> HttpResponse:
        """What a buyer would pay for freight. Nothing is saved."""
        if not self.has_view_permission(request):
            self.get_object(request, "0")
        form = FreightTryForm(request.GET if "pieces" in request.GET else None, user=request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What buyers pay for freight"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
        }
        if form.is_bound and form.is_valid():
            context |= _tried(form)
        return TemplateResponse(request, "fulfillment/freight_try.html", context)


def _tried(form: FreightTryForm) -> dict[str, Any]:
    given, at = form.cleaned_data, timezone.now()
    store, channel = given["channel"].store, given["channel"]
    lines = [Line(given["pieces"], given["weight"] or 0, given["amount"])]
    cover = insuring.cover_at(store, channel, at=at)
    return {
        "freight": freight_for(lines, store=store, channel=channel, region=given["region"], at=at),
        "place": regions.name_of(given["region"]),
        "currency": store.currency,
        "hours": form.hours(at),
        "cover": cover,
    }


class PromiseFilters(OfStore):
    class Meta:
        model = DeliveryPromise
        fields: list[str] = []


@admin.register(DeliveryPromise)
class DeliveryPromiseAdmin(DatedAdmin):
    filters = PromiseFilters
    sorting = keyset.Sorting("pk")
    empty_title = _("No delivery promises yet")
    empty_hint = _("Say within how many hours of payment an order is with its buyer.")
    fields = [("store", "channel"), ("region", "hours"), ("valid_from", "valid_until")]
    columns = [
        Column(_("region"), _region),
        Column(_("hours"), lambda p: p.hours, "od-num"),
        Column(_("channel"), _channel),
        Column(_("valid from"), lambda p: p.valid_from.isoformat(), "od-nowrap od-wide"),
        Column(_("valid until"), _until, "od-nowrap od-wide"),
        Column(_("state"), _standing),
        Column(_("store"), lambda p: p.store, "od-wide"),
    ]


class InsuranceFilters(OfStore):
    class Meta:
        model = FreightInsurance
        fields: list[str] = []


class BandInline(ScopedTabularInline):
    model = InsuranceBand
    fields = ["rate_from", "premium"]
    can_delete_rows = True


@admin.register(FreightInsurance)
class FreightInsuranceAdmin(DatedAdmin):
    filters = InsuranceFilters
    sorting = keyset.Sorting("pk")
    empty_title = _("No freight insurance yet")
    empty_hint = _("Say who pays the way back of returned goods, and for which premium.")
    fields = [
        ("store", "channel"),
        ("provider", "policy"),
        ("premium", "cover"),
        ("valid_from", "valid_until"),
    ]
    inlines = [BandInline]
    columns = [
        Column(_("provider"), lambda i: i.provider),
        Column(_("channel"), _channel),
        Column(
            _("premium of an order"),
            lambda i: money(i.premium, i.store.currency) or _("by refund rate"),
            "od-num",
        ),
        Column(_("covered up to"), lambda i: money(i.cover, i.store.currency), "od-num od-wide"),
        Column(_("valid until"), _until, "od-nowrap od-wide"),
        Column(_("state"), _standing),
        Column(_("store"), lambda i: i.store, "od-wide"),
    ]


navigation.register(
    "fulfillment",
    *(
        Screen(
            title,
            icon,
            f"admin:fulfillment_{model}_changelist",
            f"fulfillment.view_{model}",
            rank=rank,
        )
        for title, icon, model, rank in (
            (_("Freight templates"), "sell", "freighttemplate", 70),
            (_("Delivery promises"), "event_available", "deliverypromise", 71),
            (_("Freight insurance"), "shield", "freightinsurance", 72),
        )
    ),
)

"""Manifests: parcels are scanned onto the list, and the carrier takes them over (FUL-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from catalog.models import Warehouse
from catalog.moving_forms import warehouses_of
from fulfillment import barcodes
from fulfillment.models import Carrier, Manifest, Parcel
from fulfillment.services import handing_over
from fulfillment.services.handing_over import HAND_OVER
from fulfillment.waybills import folded
from opsdesk import exports, navigation, posted
from opsdesk.audit.exporting import sent
from opsdesk.errors import DomainError
from opsdesk.filters import DaysFilter, ListFilters, PrefixFilter, StateFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen

PAGE = "admin:fulfillment_manifest_change"
VIEW = "fulfillment.view_manifest"
MOST_SHOWN = 2_000
State = Manifest.State
TONES = {State.OPEN: "info", State.HANDED_OVER: "good"}
HEADER = ["parcel", "carrier", "service", "waybill", "weight_grams", "orders"]


class ManifestFilters(ListFilters):
    carrier = PrefixFilter(label=_("Carrier code"), field_name="code", through="carrier")
    state = StateFilter(State.choices, _("State"))
    handed_over_at = DaysFilter(_("Handed over"))
    warehouse = WarehouseFilter()

    class Meta:
        model = Manifest
        fields: list[str] = []


class OpenForm(forms.Form):
    """Where, and by whom parcels are taken over."""

    warehouse = forms.ModelChoiceField(Warehouse.objects.none(), label=_("Warehouse"))
    carrier = forms.ModelChoiceField(Carrier.objects.none(), label=_("Carrier"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = warehouses_of(user, HAND_OVER)
        carriers = Carrier.objects.active().filter(store__in=mine.values("store"))
        self.fields["warehouse"].queryset = mine  # type: ignore[attr-defined]
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]


@admin.register(Manifest)
class ManifestAdmin(ReadOnlyList):
    filters = ManifestFilters
    empty_title = _("No manifests yet")
    empty_hint = _("Open one when a carrier comes, and scan the parcels that it takes.")
    columns = [
        Column(_("number"), str, "od-mono od-nowrap"),
        Column(_("state"), lambda m: state_pill(State, m.state, TONES[State(m.state)])),
        Column(_("carrier"), lambda m: m.carrier),
        Column(_("parcels"), lambda m: m.parcel_count, "od-num"),
        Column(
            _("handed over"),
            lambda m: moment_in(m.handed_over_at, m.warehouse.store) if m.handed_over_at else "–",
            "od-nowrap od-wide",
        ),
        Column(_("taken by"), lambda m: m.taken_by, "od-wide"),
        Column(_("warehouse"), lambda m: m.warehouse, "od-wide"),
    ]
    tabs = [Tab("open", _("Open"), lambda rows: rows.open())]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("carrier", "warehouse__store")

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).annotate(parcel_count=Count("parcels"))

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(HAND_OVER)
        return [(reverse("admin:fulfillment_manifest_open"), _("Open a manifest"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "fulfillment_manifest"
        return [
            path("open/", view(self.open), name=f"{name}_open"),
            path("<int:object_id>/scan/", view(require_POST(self.scan)), name=f"{name}_scan"),
            path("<int:object_id>/leave/", view(require_POST(self.leave)), name=f"{name}_leave"),
            path("<int:object_id>/print/", view(self.printed), name=f"{name}_print"),
            path("<int:object_id>/file/", view(self.file), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def open(self, request: HttpRequest) -> HttpResponse:
        """The open list of a carrier in a warehouse; a new one where none is."""
        if not request.user.has_perm(HAND_OVER):
            raise PermissionDenied
        form = OpenForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                manifest = handing_over.open_manifest(
                    warehouse_id=form.cleaned_data["warehouse"].pk,
                    carrier_id=form.cleaned_data["carrier"].pk,
                    actor=request.user,
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, refusal.message)
            else:
                return redirect(PAGE, manifest.pk)
        return self.form_page(
            request, form, gettext("Open a manifest"), submit=gettext("Open the list")
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        manifest = self.get_object(request, object_id)
        return self._page(request, manifest)

    def _page(
        self, request: HttpRequest, manifest: Manifest, *, refusal: str = "", done: str = ""
    ) -> HttpResponse:
        is_open = manifest.state == State.OPEN
        may = is_open and self.allows(request, HAND_OVER, manifest.warehouse)
        ready = Parcel.objects.filter(
            warehouse=manifest.warehouse_id,
            carrier=manifest.carrier_id,
            state=Parcel.State.PACKED,
            manifest=None,
        ).exclude(waybill="")
        context = {
            **self.admin_site.each_context(request),
            "title": str(manifest),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "manifest": manifest,
            "standing": state_pill(State, manifest.state, TONES[State(manifest.state)]),
            "zone": manifest.warehouse.store.timezone,
            "parcels": _parcels(manifest),
            "totals": _totals(manifest),
            "ready": ready.count() if may else 0,
            "may_hand_over": may,
            "refusal": refusal,
            "done": done,
        }
        return TemplateResponse(request, "fulfillment/manifest_page.html", context)

    def scan(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A parcel is on the list, by its own number or its waybill."""
        manifest = self._manifest(request, object_id)
        text = posted.text_of(request, "code", most=80)
        parcel = _parcel_called(text, manifest)
        if parcel is None:
            words = gettext("No parcel here is called %(text)s.") % {"text": text}
            return self._page(request, manifest, refusal=words)
        try:
            handing_over.list_parcel(
                manifest_id=manifest.pk,
                parcel_id=parcel.pk,
                actor=request.user,
                at=timezone.now(),
            )
        except DomainError as refusal:
            return self._page(request, manifest, refusal=refusal.message)
        done = gettext("%(parcel)s is on the list.") % {"parcel": parcel.waybill}
        return self._page(request, manifest, done=done)

    def leave(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The carrier has taken everything on the list over."""
        manifest = self._manifest(request, object_id)
        handing_over.hand_over_manifest(
            manifest_id=manifest.pk,
            taken_by=posted.text_of(request, "taken_by", most=80),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("Handed over; the orders are shipped."))
        return redirect(PAGE, manifest.pk)

    def printed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The list on A4, with a bar code per parcel, for both sides to sign."""
        manifest = self.get_object(request, str(object_id))
        rows = [
            (parcel, barcodes.code128(parcel.waybill, height_mm=8)) for parcel in _parcels(manifest)
        ]
        context = {
            "title": str(manifest),
            "manifest": manifest,
            "code": barcodes.code128(str(manifest), height_mm=10),
            "rows": rows,
            "totals": _totals(manifest),
            "zone": manifest.warehouse.store.timezone,
        }
        return TemplateResponse(request, "fulfillment/manifest_print.html", context)

    def file(self, request: HttpRequest, object_id: int) -> HttpResponse:
        manifest = self.get_object(request, str(object_id))
        rows = (
            [
                parcel.number,
                manifest.carrier.code,
                parcel.service.code if parcel.service else "",
                parcel.waybill,
                parcel.weight_grams or "",
                " ".join(link.order.external_number for link in parcel.parcel_orders.all()),
            ]
            for parcel in _parcels(manifest)
        )
        return sent(
            exports.csv_file(HEADER, rows),
            f"{manifest}.csv",
            model=Manifest,
            store=manifest.warehouse.store,
            subject_id=manifest.pk,
        )

    def _manifest(self, request: HttpRequest, object_id: int) -> Manifest:
        manifest = self.get_object(request, str(object_id))
        if not self.allows(request, HAND_OVER, manifest.warehouse):
            raise PermissionDenied
        return manifest


def _parcels(manifest: Manifest) -> QuerySet[Parcel]:
    """What was scanned last on top."""
    rows = manifest.parcels.select_related("service").prefetch_related("parcel_orders__order")
    return rows.order_by("-pk")[:MOST_SHOWN]


def _totals(manifest: Manifest) -> dict[str, Any]:
    return manifest.parcels.aggregate(
        parcels=Count("pk"),
        grams=Sum("weight_grams"),
        unweighed=Count("pk", filter=Q(weight_grams=None)),
    )


def _parcel_called(text: str, manifest: Manifest) -> Parcel | None:
    here = Parcel.objects.standing().filter(warehouse=manifest.warehouse_id)
    by_waybill = here.filter(waybill=folded(text)).exclude(waybill="")
    # Two carriers may have written the same number: the list's own is meant.
    its_own = by_waybill.filter(carrier=manifest.carrier_id)
    return here.numbered(text).first() or its_own.first() or by_waybill.order_by("pk").first()


navigation.register(
    "fulfillment",
    Screen(
        _("Manifests"),
        "receipt_long",
        "admin:fulfillment_manifest_changelist",
        VIEW,
        query="?tab=open",
        rank=31,
    ),
)

"""The packing station: one field to scan into, from the order to the label (FUL-1, FUL-3)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext

from catalog.moving_forms import warehouses_of
from fulfillment.models import CarrierService
from fulfillment.services import labels
from fulfillment.services.packing import PACK
from fulfillment.services.station import Scan, take_scan
from opsdesk import posted

MOST_TEXT = 120


def page(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PACK):
        raise PermissionDenied
    warehouses = list(warehouses_of(request.user, PACK).select_related("store"))
    wanted = posted.id_of(request.GET.get("warehouse", ""))
    chosen = next((each for each in warehouses if each.pk == wanted), None)
    warehouse = chosen or (warehouses[0] if warehouses else None)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Packing station"),
        "crumbs": [],
        "warehouses": warehouses,
        "warehouse": warehouse,
        "services": _services(warehouse.store_id) if warehouse else [],
        "may_print": warehouse is not None and request.user.has_perm(labels.PRINT, warehouse),
    }
    return TemplateResponse(request, "fulfillment/station.html", context)


def _services(store_id: int) -> Any:
    rows = CarrierService.objects.active().filter(carrier__store=store_id)
    return rows.select_related("carrier").order_by("carrier__code", "code")


def scan(request: HttpRequest) -> HttpResponse:
    """One scan of a station: `{key, text, warehouse, parcel, service}`; its answer is JSON."""
    if not request.user.has_perm(PACK):
        raise PermissionDenied
    told = _scan_of(request)
    mine = warehouses_of(request.user, PACK)
    if told is None or not mine.filter(pk=told.warehouse_id).exists():
        return JsonResponse({"sound": "wrong", "message": gettext("Reload the page.")}, status=400)
    return JsonResponse(take_scan(told, actor=request.user, at=timezone.now()))


def _scan_of(request: HttpRequest) -> Scan | None:
    """What was sent, if it is a scan."""
    try:
        told = orjson.loads(request.body)
        return Scan(
            key=UUID(str(told["key"])),
            text=str(told["text"]).replace("\0", "").strip()[:MOST_TEXT],
            warehouse_id=_id(told["warehouse"]) or 0,
            parcel_id=_id(told.get("parcel")),
            service_id=_id(told.get("service")),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        return None


def _id(value: Any) -> int | None:
    return None if value is None else posted.id_of(str(value))

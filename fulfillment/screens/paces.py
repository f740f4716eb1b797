"""How fast warehouses are, as people say, with all that was said before (FUL-2)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.admin.stock import WarehouseFilter
from fulfillment.models import WarehousePace
from fulfillment.services import paces
from opsdesk import navigation, wording
from opsdesk.admin import ScopedForm
from opsdesk.filters import ListFilters
from opsdesk.lists import Column, KeysetModelAdmin
from opsdesk.navigation import Screen


class PaceFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = WarehousePace
        fields: list[str] = []


class PaceForm(ScopedForm):
    """Without a moment it holds from now on."""

    class Meta:
        model = WarehousePace
        fields = ["warehouse", "per_hour", "valid_from", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moment = self.fields.get("valid_from")  # A row that stands is only looked at.
        if moment is not None:
            moment.required = False
            moment.help_text = _("Empty: from now on.")

    def clean_valid_from(self) -> Any:
        moment, now = self.cleaned_data["valid_from"], timezone.now()
        if moment is not None and moment < now:
            raise forms.ValidationError(_("A pace holds from now on or later."))
        return moment or now


@admin.register(WarehousePace)
class WarehousePaceAdmin(KeysetModelAdmin):
    """Rows are the history: a new one takes the place of the last, none is edited."""

    form = PaceForm
    filters = PaceFilters
    empty_title = _("Nothing said yet")
    empty_hint = _("Until then the number of the procedure holds, or what the fortnight tells.")
    fields = ["warehouse", "per_hour", "valid_from", "reason"]
    columns = [
        Column(_("warehouse"), lambda p: p.warehouse),
        Column(_("parcels per working hour"), lambda p: p.per_hour or "–", "od-num"),
        Column(_("from"), lambda p: wording.moment(p.valid_from), "od-nowrap"),
        Column(_("reason"), lambda p: p.reason, "od-wide"),
        Column(_("set by"), lambda p: p.set_by or "", "od-wide"),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("warehouse", "set_by")

    def save_model(self, request: HttpRequest, obj: WarehousePace, form: Any, change: bool) -> None:
        now = timezone.now()
        made = paces.set_pace(
            warehouse_id=obj.warehouse_id,
            per_hour=obj.per_hour,
            valid_from=max(obj.valid_from, now),
            reason=obj.reason,
            actor=request.user,
            at=now,
        )
        obj.pk = made.pk


navigation.register(
    "setup",
    Screen(
        _("Paces of warehouses"),
        "speed",
        "admin:fulfillment_warehousepace_changelist",
        "fulfillment.view_warehousepace",
    ),
)

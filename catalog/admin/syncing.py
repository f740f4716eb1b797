"""Differences with other systems' stock, and what each channel may offer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from catalog.models import ChannelShare, StockDifference
from catalog.moving_forms import SettleForm
from catalog.services import differences
from catalog.services.differences import SETTLE
from catalog.services.handling import has_right
from opsdesk import wording
from opsdesk.admin import ScopedModelAdmin
from opsdesk.filters import ListFilters, PrefixFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill

State = StockDifference.State
TONES = {
    State.OPEN: "warning",
    State.ACCEPTED: "good",
    State.KEPT: "good",
    State.IGNORED: "",
    State.GONE: "",
}


class DifferenceFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    warehouse = WarehouseFilter()

    class Meta:
        model = StockDifference
        fields: list[str] = []


@admin.register(StockDifference)
class StockDifferenceAdmin(ReadOnlyList):
    filters = DifferenceFilters
    empty_title = _("No differences")
    empty_hint = _("Compare with a warehouse's or channel's statement of stock.")
    columns = [
        Column(_("SKU code"), lambda d: d.sku.code, "od-mono od-nowrap"),
        Column(_("warehouse"), lambda d: d.warehouse, "od-wide"),
        Column(pgettext_lazy("of data", "source"), lambda d: d.source, "od-wide"),
        Column(_("ours"), lambda d: d.ours, "od-num"),
        Column(_("theirs"), lambda d: d.theirs, "od-num"),
        Column(_("as of"), lambda d: wording.moment(d.at), "od-nowrap od-wide"),
        Column(_("state"), lambda d: state_pill(State, d.state, TONES[d.state])),
    ]
    tabs = [Tab("open", _("Open"), lambda rows: rows.open())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("sku", "warehouse")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.settle))
        name = "catalog_stockdifference_settle"
        return [path("<int:object_id>/settle/", view, name=name), *super().get_urls()]

    def settle(self, request: HttpRequest, object_id: int) -> HttpResponse:
        difference = self.get_object(request, str(object_id))
        if not has_right(SETTLE, difference.warehouse, request.user):
            raise PermissionDenied
        form = SettleForm(request.POST)
        if not form.is_valid():
            return self._page(request, difference, form)
        settled = differences.settle_difference(
            difference_id=difference.pk,
            state=form.cleaned_data["state"],
            note=form.cleaned_data["note"],
            actor=request.user,
            at=timezone.now(),
        )
        if settled.approval_id:
            messages.success(request, gettext("The correction is filed; finance decides on it."))
            return redirect(reverse("admin:approvals_approval_change", args=[settled.approval_id]))
        messages.success(request, gettext("The difference is settled."))
        return redirect(reverse("admin:catalog_stockdifference_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id), SettleForm())

    def _page(
        self, request: HttpRequest, difference: StockDifference, form: SettleForm
    ) -> HttpResponse:
        may = difference.state == State.OPEN and has_right(
            SETTLE, difference.warehouse, request.user
        )
        context = {
            **self.admin_site.each_context(request),
            "title": difference.sku.code,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "difference": difference,
            "tone": TONES[State(difference.state)],
            "form": form if may else None,
        }
        return TemplateResponse(request, "catalog/difference_page.html", context)


@admin.register(ChannelShare)
class ChannelShareAdmin(ScopedModelAdmin):
    list_display = ["channel", "sku", "percent", "kept_back"]
    list_select_related = ["channel", "sku"]
    fields = ["channel", "sku", ("percent", "kept_back")]
    autocomplete_fields = ["sku"]
    can_delete_rows = True

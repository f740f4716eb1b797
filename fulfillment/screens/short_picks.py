"""Pieces that pickers did not find, and what is decided about them (FUL-1)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from fulfillment.models import ShortPick
from fulfillment.services import short_picks
from fulfillment.services.planning import PLAN
from opsdesk import navigation, wording
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen


@admin.register(ShortPick)
class ShortPickAdmin(ReadOnlyList):
    empty_title = _("Nothing was missing")
    empty_hint = _("What pickers don't find is listed here until somebody decides.")
    columns = [
        Column(_("SKU code"), lambda s: s.line.sku.code, "od-mono"),
        Column(_("missing pieces"), lambda s: s.pieces, "od-num"),
        Column(_("reason"), lambda s: s.get_reason_display()),
        Column(
            _("state"),
            lambda s: state_pill(
                ShortPick.State, s.state, "danger" if s.state == ShortPick.State.OPEN else "good"
            ),
        ),
        Column(_("bin"), lambda s: s.line.bin or "", "od-mono od-wide"),
        Column(_("order"), lambda s: s.line.wave_order.order, "od-mono od-wide"),
        Column(_("at"), lambda s: wording.moment(s.told_at), "od-nowrap od-wide"),
        Column(_("by"), lambda s: s.told_by or "", "od-wide"),
    ]
    tabs = [Tab("open", _("To decide"), lambda rows: rows.open())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request)
        return rows.select_related("line__sku", "line__bin", "line__wave_order__order", "told_by")

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:object_id>/act/",
                self.admin_site.admin_view(require_POST(self.act)),
                name="fulfillment_shortpick_act",
            ),
            *super().get_urls(),
        ]

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Looked for once more, or the order is taken out of its wave."""
        short = self.get_object(request, str(object_id))
        if not self.allows(request, PLAN, short):
            raise PermissionDenied
        do, now = request.POST.get("do", ""), timezone.now()
        if do == "again":
            pick = short_picks.look_again(short_id=short.pk, actor=request.user, at=now)
            messages.success(request, gettext("The pieces are on a new pick list."))
            return redirect("admin:fulfillment_pick_change", pick.pk)
        if do != "out":
            raise Http404
        short_picks.take_out(short_id=short.pk, actor=request.user, at=now)
        messages.success(request, gettext("The order is in no wave: change it, or plan it again."))
        return redirect("admin:fulfillment_shortpick_change", short.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What can be done about it, each with its button."""
        short = self.get_object(request, object_id)
        line = short.line
        warehouse = line.pick.wave.warehouse
        is_open = short.state == ShortPick.State.OPEN
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Short pick of %(pick)s") % {"pick": line.pick.number},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "short": short,
            "line": line,
            "is_open": is_open,
            "may_decide": is_open and self.allows(request, PLAN, short),
            "may_see_order": self.allows(request, "orders.view_order", warehouse),
            "may_adjust": self.allows(request, "catalog.adjust_stock", warehouse),
            "may_count": self.allows(request, "catalog.count_stock", warehouse),
        }
        return TemplateResponse(request, "fulfillment/short_page.html", context)


navigation.register(
    "fulfillment",
    Screen(
        _("Short picks"),
        "remove_shopping_cart",
        "admin:fulfillment_shortpick_changelist",
        "fulfillment.view_shortpick",
        waiting=lambda request: ShortPick.objects.viewable_by(request.user).open(),
        tone="danger",
        rank=16,
    ),
)

"""Goods under way between warehouses: what is sent, what arrived."""

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
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.models import Transfer
from catalog.moving_forms import ArrivalForm, CancelForm, SendForm
from catalog.services import transferring
from catalog.services.handling import has_right
from catalog.services.transferring import TRANSFER
from opsdesk import wording
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill

TONES = {
    Transfer.State.SENT: "info",
    Transfer.State.RECEIVED: "good",
    Transfer.State.CANCELLED: "",
}


@admin.register(Transfer)
class TransferAdmin(ReadOnlyList):
    empty_title = _("Nothing is under way")
    columns = [
        Column(_("number"), lambda t: t.pk, "od-mono"),
        Column(_("from warehouse"), lambda t: t.source),
        Column(_("to warehouse"), lambda t: t.target),
        Column(_("sent"), lambda t: wording.moment(t.sent_at), "od-nowrap od-wide"),
        Column(_("received"), lambda t: wording.moment(t.received_at), "od-nowrap od-wide"),
        Column(_("state"), lambda t: state_pill(Transfer.State, t.state, TONES[t.state])),
    ]
    tabs = [Tab("sent", _("Under way"), lambda rows: rows.under_way())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("source", "target")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(TRANSFER)
        return [(reverse("admin:catalog_transfer_send"), _("Send goods"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("send/", view(self.send), name="catalog_transfer_send"),
            path("<int:object_id>/receive/", view(self.receive), name="catalog_transfer_receive"),
            path(
                "<int:object_id>/cancel/",
                view(require_POST(self.cancel)),
                name="catalog_transfer_cancel",
            ),
            *super().get_urls(),
        ]

    def send(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(TRANSFER):
            raise PermissionDenied
        form = SendForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            transfer = transferring.send_transfer(
                source_id=given["source"].pk,
                target_id=given["target"].pk,
                pieces=given["pieces"],
                note=given["note"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The goods are under way."))
            return redirect(reverse("admin:catalog_transfer_change", args=[transfer.pk]))
        return self.form_page(
            request,
            form,
            gettext("Send goods"),
            submit=gettext("Send"),
            intro=gettext("They leave the stock here at once, and arrive when they are received."),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        transfer = self.get_object(request, object_id)
        return self._page(request, transfer)

    def receive(self, request: HttpRequest, object_id: int) -> HttpResponse:
        transfer = self.get_object(request, str(object_id))
        if not has_right(TRANSFER, transfer.target, request.user):
            raise PermissionDenied
        form = ArrivalForm(request.POST or None, transfer=transfer)
        if request.method == "POST" and form.is_valid():
            transferring.receive_transfer(
                transfer_id=transfer.pk,
                received=form.received,
                note=form.cleaned_data["note"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The goods are received."))
            return redirect(reverse("admin:catalog_transfer_change", args=[transfer.pk]))
        return self._page(request, transfer, arrival=form)

    def cancel(self, request: HttpRequest, object_id: int) -> HttpResponse:
        transfer = self.get_object(request, str(object_id))
        if not has_right(TRANSFER, transfer.source, request.user):
            raise PermissionDenied
        form = CancelForm(request.POST)
        if not form.is_valid():
            return self._page(request, transfer, cancel=form)
        transferring.cancel_transfer(
            transfer_id=transfer.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The transfer is cancelled; the goods are back."))
        return redirect(reverse("admin:catalog_transfer_change", args=[transfer.pk]))

    def _page(
        self,
        request: HttpRequest,
        transfer: Transfer,
        *,
        arrival: ArrivalForm | None = None,
        cancel: CancelForm | None = None,
    ) -> HttpResponse:
        is_under_way = transfer.state == Transfer.State.SENT
        arrival = arrival or ArrivalForm(transfer=transfer)
        may_receive = is_under_way and has_right(TRANSFER, transfer.target, request.user)
        may_cancel = is_under_way and has_right(TRANSFER, transfer.source, request.user)
        context = {
            **self.admin_site.each_context(request),
            "title": str(transfer),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "transfer": transfer,
            "lines": arrival.lines,
            "tone": TONES[Transfer.State(transfer.state)],
            "form": arrival if may_receive else None,
            "cancel": (cancel or CancelForm()) if may_cancel else None,
        }
        return TemplateResponse(request, "catalog/transfer_page.html", context)

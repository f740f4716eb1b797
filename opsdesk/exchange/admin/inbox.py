"""What was delivered: the list, one delivery and how it was worked on. Bodies are never shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from opsdesk import navigation
from opsdesk.exchange.admin.settling import Decision, SettlingList
from opsdesk.exchange.models import InboundDelivery
from opsdesk.exchange.services import inbox
from opsdesk.filters import DaysFilter, ListFilters, StateFilter, StoreFilter
from opsdesk.keyset import Sorting
from opsdesk.lists import Column, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen

OLDEST_FIRST = Sorting(descending=False)
State = InboundDelivery.State
TONES = {State.DONE: "good", State.PARKED: "danger", State.WORKING: "info"}


def _sources() -> list[tuple[str, str]]:
    return [(source, source) for source in inbox.all_sources()]


class DeliveryFilters(ListFilters):
    store = StoreFilter()
    source = StateFilter(_sources, pgettext_lazy("of data", "Source"))
    state = StateFilter(State.choices, _("State"))
    received = DaysFilter(label=_("Received"), field_name="received_at")

    class Meta:
        model = InboundDelivery
        fields: list[str] = []


@admin.register(InboundDelivery)
class InboundDeliveryAdmin(SettlingList):
    filters = DeliveryFilters
    settle = inbox.SETTLE
    decisions = [
        Decision(
            "replay",
            _("Work again"),
            _("To be worked on again: %(count)s."),
            [State.PARKED, State.DISCARDED, State.IGNORED],
            lambda ids, actor, at: inbox.replay_deliveries(delivery_ids=ids, actor=actor, at=at),
        ),
        Decision(
            "discard",
            _("Discard"),
            _("Discarded: %(count)s."),
            [State.PARKED],
            lambda ids, actor, at: inbox.discard_deliveries(delivery_ids=ids, actor=actor, at=at),
        ),
    ]
    empty_title = _("Nothing was delivered yet")
    empty_hint = _("What platforms and carriers send is kept here until it has been worked on.")
    columns = [
        Column(_("delivery"), lambda d: d.delivery_id, "od-mono"),
        Column(pgettext_lazy("of data", "source"), lambda d: d.source),
        Column(_("state"), lambda d: state_pill(State, d.state, TONES.get(d.state, ""))),
        Column(_("received"), lambda d: moment_in(d.received_at, d.store), "od-nowrap"),
        Column(_("attempts"), lambda d: d.attempts, "od-num od-wide"),
        Column(_("size in bytes"), lambda d: d.size, "od-num od-wide"),
        Column(_("error"), lambda d: d.error[:120], "od-wide"),
        Column(_("store"), lambda d: d.store, "od-wide"),
    ]
    tabs = [
        Tab(
            "waiting",
            _("Waiting"),
            lambda rows: rows.unsettled(),
            sorting=OLDEST_FIRST,
        ),
        Tab("parked", _("Parked"), lambda rows: rows.filter(state=State.PARKED)),
        Tab("done", _("Done"), lambda rows: rows.filter(state=State.DONE), counted=False),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """A list of a few megabytes each is none: no screen reads the bodies."""
        return super().get_queryset(request).defer("body")

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        delivery = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{delivery.source} {delivery.delivery_id}",
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "delivery": delivery,
            "tone": TONES.get(delivery.state, ""),
            "headers": sorted(delivery.headers.items()),
            "decisions": self.offered(request, delivery),
        }
        return TemplateResponse(request, "exchange/delivery.html", context)


navigation.register(
    "exchange",
    Screen(
        _("Deliveries"),
        "move_to_inbox",
        "admin:exchange_inbounddelivery_changelist",
        "exchange.view_inbounddelivery",
        waiting=lambda request: InboundDelivery.objects.viewable_by(request.user).filter(
            state=State.PARKED
        ),
        tone="danger",
        rank=70,
    ),
)

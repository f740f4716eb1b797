"""What is sent: the list, one message with everything that was tried."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation, privacy
from opsdesk.exchange import texts
from opsdesk.exchange.admin.settling import Decision, SettlingList
from opsdesk.exchange.models import OutboundMessage, Target
from opsdesk.exchange.services import outbox
from opsdesk.filters import DaysFilter, ListFilters, PlainSelect, StateFilter, StoreFilter
from opsdesk.keyset import Sorting
from opsdesk.lists import Column, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen

OLDEST_FIRST = Sorting(descending=False)
State = OutboundMessage.State
TONES = {
    State.SENT: "good",
    State.PARKED: "danger",
    State.UNKNOWN: "warning",
    State.SENDING: "info",
}


def mask_recipient(recipient: str) -> str:
    """A mail address or a telephone number, enough to tell two apart."""
    name, at, domain = recipient.partition("@")
    return f"{privacy.mask_name(name)}@{domain}" if at else privacy.mask_phone(recipient)


def told(message: OutboundMessage) -> list[str]:
    """What the message says to people, masked; of data only what it is about."""
    if not message.payload:
        return []
    words = [message.payload.get(part) for part in ("subject", "text")]
    if any(words):
        return [privacy.mask_mobiles(str(part)) for part in words if part]
    return [", ".join(sorted(message.payload))]


def _targets(request: HttpRequest | None) -> QuerySet:
    return Target.objects.visible_to(request.user) if request else Target.objects.none()


class MessageFilters(ListFilters):
    store = StoreFilter()
    target = django_filters.ModelChoiceFilter(
        queryset=_targets, label=_("Target"), empty_label=_("Any"), widget=PlainSelect
    )
    state = StateFilter(State.choices, _("State"))
    created = DaysFilter(label=_("Created"), field_name="created_at")

    class Meta:
        model = OutboundMessage
        fields: list[str] = []


@admin.register(OutboundMessage)
class OutboundMessageAdmin(SettlingList):
    filters = MessageFilters
    settle = outbox.SETTLE
    decisions = [
        Decision(
            "replay",
            _("Send again"),
            _("To be sent again: %(count)s."),
            [State.PARKED, State.CANCELLED],
            lambda ids, actor, at: outbox.replay_messages(message_ids=ids, actor=actor, at=at),
        ),
        Decision(
            "cancel",
            _("Cancel"),
            _("Cancelled: %(count)s."),
            [State.WAITING, State.UNKNOWN, State.PARKED],
            lambda ids, actor, at: outbox.cancel_messages(message_ids=ids, actor=actor, at=at),
        ),
    ]
    empty_title = _("Nothing was sent yet")
    empty_hint = _("Messages to people and partners wait here, and stay as a record.")
    columns = [
        Column(_("message"), lambda m: texts.title_of(m.kind)),
        Column(_("target"), lambda m: m.target),
        Column(_("recipient"), lambda m: mask_recipient(m.recipient), "od-wide"),
        Column(_("state"), lambda m: state_pill(State, m.state, TONES.get(m.state, ""))),
        Column(_("attempts"), lambda m: m.attempts, "od-num od-wide"),
        Column(_("created"), lambda m: moment_in(m.created_at, m.store), "od-nowrap od-wide"),
        Column(
            _("next attempt"),
            lambda m: "" if m.finished_at else moment_in(m.next_at, m.store),
            "od-nowrap od-wide",
        ),
        Column(_("error"), lambda m: m.error[:120], "od-wide"),
        Column(_("store"), lambda m: m.store, "od-wide"),
    ]
    tabs = [
        Tab(
            "waiting",
            _("Waiting"),
            lambda rows: rows.unsettled(),
            sorting=OLDEST_FIRST,
        ),
        Tab("parked", _("Parked"), lambda rows: rows.filter(state=State.PARKED)),
        Tab("sent", _("Sent"), lambda rows: rows.filter(state=State.SENT), counted=False),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "target")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        message = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{texts.title_of(message.kind)} → {message.target}",
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "message": message,
            "tone": TONES.get(message.state, ""),
            "recipient": mask_recipient(message.recipient),
            "told": told(message),
            "log": message.log.select_related("actor").order_by("-pk"),
            "decisions": self.offered(request, message),
        }
        return TemplateResponse(request, "exchange/message.html", context)


navigation.register(
    "exchange",
    Screen(
        _("Outgoing messages"),
        "outbox",
        "admin:exchange_outboundmessage_changelist",
        "exchange.view_outboundmessage",
        waiting=lambda request: OutboundMessage.objects.viewable_by(request.user).filter(
            state=State.PARKED
        ),
        tone="danger",
        rank=60,
    ),
)

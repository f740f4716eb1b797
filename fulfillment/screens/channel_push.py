"""Which channels are told of parcels that have left, and where they are told (FUL-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfillment.models import ChannelPush
from opsdesk import keyset, navigation
from opsdesk.filters import ListFilters, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, pill
from opsdesk.navigation import Screen


class ChannelPushForm(forms.ModelForm):
    class Meta:
        model = ChannelPush
        fields = ["channel", "target", "form"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        channel, target = given.get("channel"), given.get("target")
        if channel and target and channel.store_id != target.store_id:
            self.add_error("target", gettext("This target is another store's."))
        return given


class ChannelPushFilters(ListFilters):
    store = StoreFilter(field_name="channel__store")

    class Meta:
        model = ChannelPush
        fields: list[str] = []


def _standing(push: ChannelPush) -> Any:
    if push.channel.accepts_waybill_push:
        return pill(gettext("is told"), "good")
    return pill(gettext("accepts no waybills"), "")


@admin.register(ChannelPush)
class ChannelPushAdmin(KeysetModelAdmin):
    can_delete_rows = True
    form = ChannelPushForm
    filters = ChannelPushFilters
    sorting = keyset.Sorting("pk", descending=True)
    empty_title = _("No channel is told of parcels")
    empty_hint = _("Set up a target first; then say which channel is told through it.")
    columns = [
        Column(_("channel"), lambda p: p.channel),
        Column(_("target"), lambda p: p.target),
        Column(_("form"), lambda p: p.get_form_display(), "od-wide"),
        Column(_("state"), _standing),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("channel__store", "target")


navigation.register(
    "setup",
    Screen(
        _("Parcels told to channels"),
        "outbox",
        "admin:fulfillment_channelpush_changelist",
        "fulfillment.view_channelpush",
    ),
)

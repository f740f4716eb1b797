"""The pages of the storefront, and what visitors found there (INS-2, INS-4)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog.models import PageVisit, StorefrontPage
from opsdesk import keyset
from opsdesk.filters import ChannelFilter, ListFilters, StateFilter
from opsdesk.lists import Column, KeysetModelAdmin, moment_in, pill

SHOWN = 20


class StorefrontPageFilters(ListFilters):
    channel = ChannelFilter()
    kind = StateFilter(StorefrontPage.Kind.choices, _("Kind"))
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))

    class Meta:
        model = StorefrontPage
        fields: list[str] = []


def _visited(page: Any) -> str | SafeString:
    return moment_in(page.visited_at, page.channel.store)


def problem_pills(codes: list[str] | None) -> SafeString:
    """What was wrong on a visit; that all was well; nothing where nobody has been there."""
    if codes is None:
        return pill(_("not visited yet"))
    if not codes:
        return pill(_("as it should be"), "good")
    labels = [PageVisit.Problem(code).label for code in codes]
    return format_html_join(" ", "{}", ((pill(label, "danger"),) for label in labels))


def _state(page: Any) -> SafeString:
    return problem_pills(page.problems) if page.is_active else pill(_("off"))


@admin.register(StorefrontPage)
class StorefrontPageAdmin(KeysetModelAdmin):
    filters = StorefrontPageFilters
    sorting = keyset.Sorting("pk")
    empty_title = _("No storefront pages yet")
    empty_hint = _("Add the pages that buyers open: the inspection visits them every morning.")
    change_form_outer_after_template = "catalog/storefront_page_after.html"
    fields = [
        ("channel", "kind"),
        "url",
        ("listing", "price_at"),
        ("says", "never_says"),
        ("valid_from", "valid_until"),
        "is_active",
    ]
    autocomplete_fields = ["listing"]
    columns = [
        Column(_("address"), lambda page: page.url, "od-break"),
        Column(_("kind"), lambda page: page.get_kind_display(), "od-wide"),
        Column(_("channel"), lambda page: page.channel, "od-wide"),
        Column(_("on the last visit"), _state),
        Column(_("took (ms)"), lambda page: page.milliseconds, "od-num od-wide"),
        Column(_("visited"), _visited, "od-nowrap od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("channel__store").with_last_visit()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        page = self.get_object(request, object_id)
        shown = [
            (moment_in(visit.at, page.channel.store), visit, problem_pills(visit.problems))
            for visit in page.visits.all()[:SHOWN]
        ]
        context = {"visits": shown, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

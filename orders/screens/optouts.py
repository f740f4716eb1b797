"""Who wants no messages: the list, a number entered, an opt-out ended."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.price_forms import InStoreForm
from opsdesk import navigation
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill
from opsdesk.navigation import Screen
from orders.models import OptOut, Purpose
from orders.services import opting_out

PAGE = "admin:orders_optout_change"
# By a link its owner says it; nobody enters that.
ENTERED = [choice for choice in OptOut.Way.choices if choice[0] != OptOut.Way.LINK]


class OptOutForm(InStoreForm):
    """A number, and what its owner said how."""

    permission = opting_out.ADD
    phone = forms.CharField(label=_("phone"), max_length=32)
    purpose = forms.ChoiceField(label=_("wants no"), choices=Purpose.choices)
    way = forms.ChoiceField(label=_("told us"), choices=ENTERED)


class OptOutFilters(ListFilters):
    store = StoreFilter()
    purpose = StateFilter(Purpose.choices, _("Messages"))
    masked_phone = django_filters.CharFilter(
        label=_("End of the number"), lookup_expr="endswith", max_length=4
    )

    class Meta:
        model = OptOut
        fields: list[str] = []


@admin.register(OptOut)
class OptOutAdmin(ReadOnlyList):
    filters = OptOutFilters
    empty_title = _("Nobody has opted out")
    empty_hint = _("Enter the number of a customer who wants no reminders or confirmations.")
    columns = [
        Column(_("phone"), lambda o: o.masked_phone, "od-mono od-nowrap"),
        Column(_("wants no"), lambda o: o.get_purpose_display()),
        Column(_("told us"), lambda o: o.get_way_display(), "od-wide"),
        Column(_("entered"), lambda o: moment_in(o.made_at, o.store), "od-nowrap od-wide"),
        Column(_("by"), lambda o: o.made_by, "od-wide"),
        Column(
            _("state"), lambda o: pill(_("ended")) if o.ended_at else pill(_("in force"), "warning")
        ),
        Column(_("store"), lambda o: o.store, "od-wide"),
    ]
    tabs = [
        Tab(
            "in-force",
            pgettext_lazy("a row", "In force"),
            lambda rows: rows.in_force(),
            counted=False,
        )
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "made_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = self.allows(request, opting_out.ADD)
        return [("enter/", _("Enter an opt-out"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("enter/", view(self.enter), name="orders_optout_enter"),
            path("<int:object_id>/end/", view(require_POST(self.end)), name="orders_optout_end"),
            *super().get_urls(),
        ]

    def enter(self, request: HttpRequest) -> HttpResponse:
        if not self.allows(request, opting_out.ADD):
            raise PermissionDenied
        form = OptOutForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                row = opting_out.opt_out(**form.cleaned_data, actor=request.user, at=timezone.now())
            except DomainError as error:
                form.add_error("phone", error.message)
            else:
                messages.success(request, gettext("The number gets no such messages any more."))
                return redirect(reverse(PAGE, args=[row.pk]))
        return self.form_page(
            request,
            form,
            gettext("Enter an opt-out"),
            submit=gettext("Enter"),
            intro=gettext("Only a digest of the number is kept, and its last digits."),
        )

    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        row = self.get_object(request, str(object_id))
        if not self.allows(request, opting_out.END, row):
            raise PermissionDenied
        opting_out.end_opt_out(opt_out_id=row.pk, actor=request.user, at=timezone.now())
        messages.success(request, gettext("The opt-out is ended."))
        return redirect(reverse(PAGE, args=[row.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "row": row,
            "may_end": row.ended_at is None and self.allows(request, opting_out.END, row),
            "history": reading.history_of(row, request.user),
        }
        return TemplateResponse(request, "orders/optout_page.html", context)


navigation.register(
    "orders",
    Screen(
        _("Opt-outs"),
        "notifications_off",
        "admin:orders_optout_changelist",
        "orders.view_optout",
        rank=70,
    ),
)

"""What channels know of orders and we don't: runs, their differences, and how each was settled."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import django_filters
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
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

from opsdesk import navigation
from opsdesk.days import SOUND_MOMENT
from opsdesk.exchange import limits
from opsdesk.filters import ChannelFilter, ListFilters, PrefixFilter, StateFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import Channel, User
from orders.models import ChannelDifference, ChannelReconciliation, Order
from orders.services import reconciling
from orders.services.reconciling import RECONCILE
from orders.sources import listings, registry

Kind, State = ChannelDifference.Kind, ChannelDifference.State
TONES = {
    State.OPEN: "warning",
    State.TAKEN_IN: "good",
    State.AGREES: "good",
    State.EXPLAINED: "",
    State.IGNORED: "",
}
# How far an order is, as a channel says it.
STATES = {
    registry.State.UNPAID: _("unpaid"),
    registry.State.PAID: _("paid"),
    registry.State.SHIPPED: _("shipped"),
    registry.State.FINISHED: _("finished"),
    registry.State.CLOSED: _("closed"),
}
DIFFERENCES = "admin:orders_channeldifference_changelist"


def said(text: str) -> str | Promise:
    """A side of a difference: a state in words, an amount as it stands, nothing as a dash."""
    return {str(state): word for state, word in STATES.items()}.get(text, text) or "–"


class SettleForm(forms.Form):
    """How a difference is settled."""

    state = forms.ChoiceField(
        label=_("Decision"),
        choices=[(State.EXPLAINED, _("It is explained")), (State.IGNORED, _("Ignore it"))],
    )
    note = forms.CharField(label=_("Reason"), max_length=200)


class ListingForm(forms.Form):
    """A listing of a channel in which the person may compare. Without times the last days."""

    channel = forms.ModelChoiceField(Channel.objects.none(), label=_("Channel"), empty_label=None)
    since = forms.DateTimeField(
        label=_("From"), required=False, help_text="2026-02-20 00:00", validators=SOUND_MOMENT
    )
    until = forms.DateTimeField(label=_("Until"), required=False, validators=SOUND_MOMENT)
    file = forms.FileField(
        label=pgettext_lazy("of orders", "Listing"),
        max_length=255,
        help_text=_("CSV, XLSX or JSON: number, changed_at, state, paid, refunded."),
        widget=forms.FileInput(attrs={"accept": ",".join(listings.SUFFIXES)}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.filter(
            store__in=user.stores_allowing(RECONCILE), store__is_active=True, is_active=True
        ).select_related("store")

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if Path(file.name).suffix.lower() not in listings.SUFFIXES:
            raise forms.ValidationError(_("Upload a CSV, XLSX or JSON file."))
        if file.size > limits.UPLOAD_BYTES:
            raise forms.ValidationError(_("The file is too large."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since >= until:
            self.add_error("until", _("This must be later."))
        return cleaned


class DifferenceFilters(ListFilters):
    number = PrefixFilter(label=_("Order number"), field_name="external_number")
    channel = ChannelFilter()
    kind = StateFilter(Kind.choices, _("Difference"))
    state = StateFilter(State.choices, _("State"))
    # Given by a run's page: a list to choose from would be all runs there ever were.
    run = django_filters.NumberFilter(
        label=_("comparison with a channel"), field_name="run_id", widget=forms.HiddenInput
    )

    class Meta:
        model = ChannelDifference
        fields: list[str] = []


@admin.register(ChannelDifference)
class ChannelDifferenceAdmin(ReadOnlyList):
    filters = DifferenceFilters
    empty_title = _("No differences")
    empty_hint = _("Compare with a channel's listing of orders.")
    columns = [
        Column(_("order number"), lambda d: d.external_number, "od-mono od-nowrap"),
        Column(_("channel"), lambda d: d.channel, "od-wide"),
        Column(_("difference"), lambda d: d.get_kind_display()),
        Column(_("field"), lambda d: d.get_field_display(), "od-wide"),
        Column(_("ours"), lambda d: said(d.ours)),
        Column(_("theirs"), lambda d: said(d.theirs)),
        Column(_("found"), lambda d: moment_in(d.opened_at, d.channel.store), "od-nowrap od-wide"),
        Column(_("state"), lambda d: state_pill(State, d.state, TONES[d.state])),
    ]
    tabs = [Tab("open", _("Open"), lambda rows: rows.open())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("channel__store")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        runs = reverse("admin:orders_channelreconciliation_changelist")
        buttons: list[tuple[str, str | Promise]] = [(runs, _("Comparisons"))]
        if request.user.stores_allowing(RECONCILE):
            buttons.append((f"{runs}compare/", _("Compare with a listing")))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.settle))
        name = "orders_channeldifference_settle"
        return [path("<int:object_id>/settle/", view, name=name), *super().get_urls()]

    def settle(self, request: HttpRequest, object_id: int) -> HttpResponse:
        difference = self.get_object(request, str(object_id))
        if not request.user.has_perm(RECONCILE, difference.channel.store):
            raise PermissionDenied
        form = SettleForm(request.POST)
        if not form.is_valid():
            return self._page(request, difference, form)
        reconciling.settle_difference(
            difference_id=difference.pk,
            state=form.cleaned_data["state"],
            note=form.cleaned_data["note"],
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("The difference is settled."))
        return redirect(f"{reverse(DIFFERENCES)}?tab=open")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id), SettleForm())

    def _page(
        self, request: HttpRequest, difference: ChannelDifference, form: SettleForm
    ) -> HttpResponse:
        store = difference.channel.store
        is_open = difference.state == State.OPEN
        order = Order.objects.viewable_by(request.user).filter(
            store=store, external_number=difference.external_number
        )
        context = {
            **self.admin_site.each_context(request),
            "title": difference.external_number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "difference": difference,
            "ours": said(difference.ours),
            "theirs": said(difference.theirs),
            "tone": TONES[State(difference.state)],
            "order_id": order.values_list("pk", flat=True).first(),
            "form": form if is_open and request.user.has_perm(RECONCILE, store) else None,
        }
        return TemplateResponse(request, "orders/difference_page.html", context)


class RunFilters(ListFilters):
    channel = ChannelFilter()

    class Meta:
        model = ChannelReconciliation
        fields: list[str] = []


@admin.register(ChannelReconciliation)
class ChannelReconciliationAdmin(ReadOnlyList):
    filters = RunFilters
    empty_title = _("Nothing compared yet")
    empty_hint = _("Compare with a channel's listing of orders.")
    columns = [
        Column(_("compared"), lambda r: moment_in(r.at, r.channel.store), "od-nowrap"),
        Column(_("channel"), lambda r: r.channel),
        Column(pgettext_lazy("of data", "source"), lambda r: r.source, "od-wide"),
        Column(_("orders in the answer"), lambda r: r.listed, "od-num od-wide"),
        Column(_("agreeing"), lambda r: r.agreeing, "od-num od-wide"),
        Column(_("differences"), lambda r: _outcome(r), "od-num"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("channel__store")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        allowed = request.user.stores_allowing(RECONCILE)
        return [("compare/", _("Compare with a listing"))] if allowed else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare)
        name = "orders_channelreconciliation_compare"
        return [path("compare/", view, name=name), *super().get_urls()]

    def compare(self, request: HttpRequest) -> HttpResponse:
        """A listing is uploaded and compared at once."""
        if not request.user.stores_allowing(RECONCILE):
            raise PermissionDenied
        form = ListingForm(request.POST or None, request.FILES or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            run = _compared(form.cleaned_data, request.user)
            return redirect("admin:orders_channelreconciliation_change", run.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Compare with a listing"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "orders/compare_page.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(run),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "run": run,
            "store": run.channel.store,
            "differences": f"{reverse(DIFFERENCES)}?run={run.pk}",
            "open": f"{reverse(DIFFERENCES)}?tab=open&channel={run.channel_id}",
        }
        return TemplateResponse(request, "orders/reconciliation_page.html", context)


def _outcome(run: ChannelReconciliation) -> Any:
    if run.problem:
        return pill(_("no answer"), "danger")
    return pill(run.found, "warning") if run.found else "0"


def _compared(given: dict[str, Any], actor: User) -> ChannelReconciliation:
    at = timezone.now()
    upload: UploadedFile = given["file"]
    name = Path(upload.name or "file").name
    since, until = reconciling.period_of(given["channel"], at=at)
    with tempfile.TemporaryDirectory(prefix="listing-") as folder:
        copy = Path(folder) / "file"
        with copy.open("wb") as file:
            for block in upload.chunks():
                file.write(block)
        return reconciling.reconcile_channel(
            channel=given["channel"],
            since=given["since"] or since,
            until=given["until"] or until,
            at=at,
            source=listings.uploaded(copy, name=name),
            actor=actor,
        )


navigation.register(
    "orders",
    Screen(
        _("Channels compared"),
        "compare_arrows",
        DIFFERENCES,
        "orders.view_channeldifference",
        query="?tab=open",
        waiting=lambda request: ChannelDifference.objects.viewable_by(request.user).open(),
        rank=70,
    ),
)

"""Goods sold before they are there: drafts, sales, promises and what suppliers say (CAT-11)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.models import PresaleLot, Product
from catalog.presale_forms import AnswerForm, CancelForm, PresaleForm
from catalog.presale_tab import show
from catalog.presold import presold_of
from catalog.services import presale_supply, presales
from catalog.services.presale_supply import ANSWER
from catalog.services.presales import FILE, OPEN
from opsdesk.filters import ChannelFilter, ListFilters, PrefixFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill

PAGE = "admin:catalog_presalelot_change"
State = PresaleLot.State
TONES = {
    State.DRAFT: "",
    State.OPEN: "info",
    State.ENDED: "warning",
    State.FULFILLED: "good",
    State.CANCELLED: "",
}
FORMS = {"answer": AnswerForm, "cancel": CancelForm}


class PresaleFilters(ListFilters):
    sku = PrefixFilter(label=_("SKU code"), field_name="code", through="sku")
    channel = ChannelFilter()
    store = StoreFilter()

    class Meta:
        model = PresaleLot
        fields: list[str] = []


def _sold(lot: Any) -> Any:
    words = f"{lot.presold.ordered} / {lot.offered}"
    return pill(words, "danger") if lot.presold.ordered > lot.offered else words


@admin.register(PresaleLot)
class PresaleLotAdmin(ReadOnlyList):
    filters = PresaleFilters
    empty_title = _("No presales yet")
    empty_hint = _("One person drafts a presale, another opens it; buyers are told when it ships.")
    columns = [
        Column("#", lambda lot: lot.pk, "od-num"),
        Column(_("SKU code"), lambda lot: lot.sku.code, "od-mono od-nowrap"),
        Column(_("state"), lambda lot: state_pill(State, lot.state, TONES[State(lot.state)])),
        Column(_("sold"), _sold, "od-num"),
        Column(_("promised ship date"), lambda lot: date_format(lot.promised_on), "od-nowrap"),
        Column(
            _("confirmed for"),
            lambda lot: date_format(lot.confirmed_for) if lot.confirmed_for else "",
            "od-nowrap od-wide",
        ),
        Column(_("channel"), lambda lot: lot.channel or _("All channels"), "od-wide"),
        Column(_("sold until"), lambda lot: moment_in(lot.ends, lot.store), "od-nowrap od-wide"),
        Column(_("supplier"), lambda lot: lot.supplier, "od-wide"),
    ]
    tabs = [
        Tab("draft", _("Drafts"), lambda rows: rows.filter(state=State.DRAFT)),
        Tab("open", _("On sale"), lambda rows: rows.filter(state=State.OPEN)),
        Tab("ended", _("To be shipped"), lambda rows: rows.filter(state=State.ENDED)),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().list_rows(request)
        return rows.select_related("sku", "channel", "supplier", "store")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """What buyers ordered is counted for the page that is shown, all at once."""
        presold = presold_of(shown)
        for lot in shown:
            lot.presold = presold[lot.pk]

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(FILE)
        return [(reverse("admin:catalog_presalelot_draft"), _("New presale"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("draft/", view(self.draft), name="catalog_presalelot_draft"),
            path(
                "<int:object_id>/act/",
                view(require_POST(self.act)),
                name="catalog_presalelot_act",
            ),
            *super().get_urls(),
        ]

    def draft(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(FILE):
            raise PermissionDenied
        form = PresaleForm(request.POST or None, user=request.user, initial=_first_sku_of(request))
        if request.method == "POST" and form.is_valid():
            lot = presales.file_lot(
                store=form.cleaned_data["store"],
                terms=form.terms,
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The presale is drafted; somebody else opens it."))
            return redirect(reverse(PAGE, args=[lot.pk]))
        return self.form_page(
            request,
            form,
            gettext("New presale"),
            submit=gettext("Save the draft"),
            intro=gettext("What is filed stays as it is: for other terms draft another one."),
        )

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Opened, ended, called off; the supplier asked, or the answer put down."""
        lot = self.get_object(request, str(object_id))
        do = request.POST.get("do", "")
        if do not in ("open", "end", "ask", *FORMS):
            raise Http404
        if do not in self._allowed(request, lot):
            raise PermissionDenied
        form = FORMS[do](request.POST) if do in FORMS else None
        if form is not None and not form.is_valid():
            return self._page(request, lot, **{do: form})
        given = form.cleaned_data if form else {}
        verbs = {
            "open": presales.open_lot,
            "end": presales.end_lot,
            "cancel": presales.cancel_lot,
            "ask": presale_supply.ask_supplier,
            "answer": presale_supply.record_answer,
        }
        verbs[do](lot_id=lot.pk, actor=request.user, at=timezone.now(), **given)
        messages.success(request, _DONE[do])
        return redirect(reverse(PAGE, args=[lot.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id))

    def _allowed(self, request: HttpRequest, lot: PresaleLot) -> set[str]:
        """What this person can do with the lot as it stands."""
        is_draft, is_over = (
            lot.state == State.DRAFT,
            lot.state not in presale_supply.STILL_TO_SUPPLY,
        )
        if is_over:
            return set()
        owed = lot.asked_at is not None and lot.answered_at is None
        may_open = self.allows(request, OPEN, lot)
        found = set()
        if is_draft and may_open and lot.filed_by_id != request.user.pk:
            found.add("open")
        if lot.state == State.OPEN and may_open and lot.begins < timezone.now():
            found.add("end")
        if self.allows(request, FILE if is_draft else OPEN, lot):
            found.add("cancel")
        if self.allows(request, ANSWER, lot):
            found |= {"answer"} if lot.asked_at else set()
            found |= set() if owed else {"ask"}
        return found

    def _page(
        self, request: HttpRequest, lot: PresaleLot, **unfinished: forms.Form
    ) -> HttpResponse:
        allowed, now = self._allowed(request, lot), timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": str(lot),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "lot": lot,
            "shown": show([lot], now)[0],
            "zone": lot.store.zone,
            "tone": TONES[State(lot.state)],
            "needed_on": presale_supply.lead_of(lot.store, at=now).needed_on(lot),
            "answers": lot.answers.select_related("entered_by"),
            "allowed": allowed,
            "answer_form": unfinished.get("answer", AnswerForm()) if "answer" in allowed else None,
            "cancel_form": unfinished.get("cancel", CancelForm()) if "cancel" in allowed else None,
        }
        return TemplateResponse(request, "catalog/presale_page.html", context)


_DONE = {
    "open": _("The presale is open."),
    "end": _("The sale is over."),
    "cancel": _("The presale is cancelled."),
    "ask": _("The supplier is asked; the clock runs."),
    "answer": _("The answer is on record."),
}


def _first_sku_of(request: HttpRequest) -> dict[str, Any]:
    """The form as it is opened from the page of a product."""
    given = request.GET.get("product", "")
    products = Product.objects.visible_to(request.user)
    product = products.filter(pk=given).first() if given.isdecimal() else None
    sku = product.skus.active().order_by("code").first() if product else None
    return {"store": sku.store_id, "sku": sku.code} if sku else {}

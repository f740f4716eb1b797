"""Price changes: asked for, planned, done; and what to reckon with before asking for one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.models import PriceChange, PriceChangeLine, Sku
from catalog.price_forms import LaunchForm, OfferForm, PriceForm
from catalog.services import offers
from catalog.services.price_checks import PriceRefused
from catalog.services.price_requests import REQUEST
from catalog.services.pricing import VIEW_COST, Margins, percent_between
from catalog.services.repricing import cancel_price_change, file_price_change, may_cancel
from opsdesk import keyset, wording
from opsdesk.approvals.models import Approval
from opsdesk.approvals.words import TONES
from opsdesk.filters import ListFilters, PrefixFilter, StoreFilter
from opsdesk.keyset import BadPlace
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill
from opsdesk.stores.models import User

LOOK = "catalog.view_pricechange"
PAGE = "admin:catalog_pricechange_change"
State = PriceChangeLine.State
LINE_TONES = {
    State.PLANNED: "info",
    State.APPLIED: "good",
    State.DROPPED: "danger",
}


class LineSkuFilter(PrefixFilter):
    """Changes with a line on a SKU that begins so."""

    def filter(self, rows: QuerySet, value: str) -> QuerySet:
        if not value:
            return rows
        skus = self._first(Sku.objects.all(), value)
        lines = PriceChangeLine.objects.filter(change=OuterRef("pk"), sku__in=skus)
        return rows.filter(Exists(lines))


class ChangeFilters(ListFilters):
    sku = LineSkuFilter(label=_("SKU code"), field_name="code")
    store = StoreFilter()

    class Meta:
        model = PriceChange
        fields: list[str] = []


def standing(change: PriceChange) -> Any:
    """What has become of the change: of the request first, then of what was agreed on."""
    approval = change.approval
    if change.planned:
        return pill(_("planned"), "info")
    if approval and approval.state == Approval.State.CARRIED_OUT:
        if change.applied:
            return pill(_("took effect"), "good")
        return pill(_("cancelled")) if change.cancelled_at else pill(_("not applied"), "danger")
    if approval is None:
        return ""
    return pill(approval.get_state_display(), TONES.get(approval.state, ""))


def _first(change: PriceChange) -> str:
    more = change.count - 1
    return f"{change.first_sku} + {more}" if more > 0 else change.first_sku or ""


@admin.register(PriceChange)
class PriceChangeAdmin(ReadOnlyList):
    filters = ChangeFilters
    empty_title = _("No price changes yet")
    empty_hint = _("A price change is filed a day ahead, and decided by somebody else.")
    columns = [
        Column("#", lambda c: c.pk, "od-num"),
        Column(_("SKU code"), _first, "od-mono od-nowrap"),
        Column(
            pgettext_lazy("a moment", "from"), lambda c: moment_in(c.begins, c.store), "od-nowrap"
        ),
        Column(_("state"), standing),
        Column(_("reason"), lambda c: c.reason, "od-wide"),
        Column(_("store"), lambda c: c.store, "od-wide"),
        Column(_("filed by"), lambda c: c.filed_by, "od-wide"),
    ]
    tabs = [
        Tab("waiting", _("Waiting"), lambda rows: rows.waiting()),
        Tab("planned", _("Planned"), lambda rows: rows.planned()),
        Tab("done", _("Done"), lambda rows: rows.over(), counted=False),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        lines = PriceChangeLine.objects.filter(change=OuterRef("pk"))
        of_change = lines.order_by().values("change")
        return (
            super()
            .list_rows(request)
            .select_related("store", "filed_by", "approval")
            .annotate(
                first_sku=Subquery(lines.order_by("pk").values("sku__code")[:1]),
                begins=Subquery(of_change.annotate(n=Min("valid__startswith")).values("n")),
                count=_counted(of_change),
                planned=_counted(of_change.filter(state=State.PLANNED)),
                applied=_counted(of_change.filter(state__in=[State.APPLIED, State.ENDED])),
            )
        )

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = [
            (LOOK, "admin:catalog_pricechange_margin", _("What is left")),
            (LOOK, "admin:catalog_pricechange_launch", _("Launch price")),
            (REQUEST, "admin:catalog_pricechange_ask", _("Change a price")),
        ]
        may = request.user.has_perm
        return [(reverse(view), words) for permission, view, words in buttons if may(permission)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("ask/", view(self.ask), name="catalog_pricechange_ask"),
            path("launch/", view(self.launch), name="catalog_pricechange_launch"),
            path("margin/", view(self.margin), name="catalog_pricechange_margin"),
            path(
                "<int:object_id>/cancel/",
                view(require_POST(self.cancel)),
                name="catalog_pricechange_cancel",
            ),
            *super().get_urls(),
        ]

    def ask(self, request: HttpRequest) -> HttpResponse:
        """One price for one SKU; somebody else decides on it."""
        if not request.user.has_perm(REQUEST):
            raise PermissionDenied
        form = PriceForm(request.POST or None, user=request.user, initial=_named(request))
        if request.method == "POST" and form.is_valid():
            change = _filed(request, form)
            if change is not None:
                messages.success(
                    request, gettext("The price change is filed; somebody else decides on it.")
                )
                return redirect(PAGE, change.pk)
        context = {
            "form": form,
            "intro": gettext("Many prices at once: upload a file under Imports."),
            "submit": gettext("File the price change"),
        }
        return self._page(request, gettext("Change a price"), "parts/form.html", context)

    def launch(self, request: HttpRequest) -> HttpResponse:
        """A proposal for the first price, from what others ask."""
        if not request.user.has_perm(LOOK):
            raise PermissionDenied
        form = LaunchForm(
            request.POST or None, request.FILES or None, user=request.user, initial=_named(request)
        )
        context: dict[str, Any] = {
            "form": form,
            "method": "post",
            "intro": gettext("The average of what others ask, less the number of the procedure."),
        }
        if request.method == "POST" and form.is_valid():
            context |= _proposal(request, form)
        return self._page(
            request, gettext("Launch price"), "catalog/price_calculation.html", context
        )

    def margin(self, request: HttpRequest) -> HttpResponse:
        """What is left of a price after discounts, commission, freight and cost."""
        if not request.user.has_perm(LOOK):
            raise PermissionDenied
        asked = request.GET if "price" in request.GET else None
        form = OfferForm(asked, user=request.user, initial=_named(request))
        context: dict[str, Any] = {
            "form": form,
            "method": "get",
            "intro": gettext("Per order. Nothing is saved."),
        }
        if form.is_bound and form.is_valid():
            left = offers.margin_left(form.offer)
            share = "" if left.share is None else f" ({left.share} %)"
            currency = form.cleaned_data["store"].currency
            context |= {
                "steps": left.steps,
                "currency": currency,
                "verdict": gettext("Left of an order: %(amount)s")
                % {"amount": f"{wording.money(left.amount, currency)}{share}"},
                "tone": "" if left.amount > 0 else "danger",
            }
        return self._page(
            request, gettext("What is left"), "catalog/price_calculation.html", context
        )

    def cancel(self, request: HttpRequest, object_id: int) -> HttpResponse:
        change = self.get_object(request, str(object_id))
        if not may_cancel(change, request.user):
            raise PermissionDenied
        cancel_price_change(change_id=change.pk, actor=request.user, at=timezone.now())
        messages.success(request, gettext("What had not taken effect is cancelled."))
        return redirect(PAGE, change.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        change = self.get_object(request, object_id)
        page = _lines(request, change)
        is_open = change.approval is not None and change.approval.state == Approval.State.PENDING
        context = {
            "change": change,
            "page": page,
            "lines": [_shown(line, change) for line in page.rows],
            "tone": TONES.get(change.approval.state, "") if change.approval else "",
            "zone": change.store.timezone,
            "may_cancel": _may_cancel_now(change, request.user, is_open),
            "is_open": is_open,
            "may_see_approval": self.allows(request, "approvals.view_approval", change),
            # A line that was dropped says why: below the floor, with the arithmetic.
            "sees_cost": self.allows(request, VIEW_COST, change),
        }
        title = gettext("Price change %(number)s") % {"number": change}
        return self._page(request, title, "catalog/price_change_page.html", context)

    def _page(
        self, request: HttpRequest, title: str, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        given = {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "back": reverse("admin:catalog_pricechange_changelist"),
            **context,
        }
        return TemplateResponse(request, template, given)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("store", "filed_by", "approval")


def _may_cancel_now(change: PriceChange, person: User, is_open: bool) -> bool:
    """Before a decision only who filed it takes it back; others reject it."""
    if is_open:
        return person.pk == change.filed_by_id
    return may_cancel(change, person) and change.lines.planned().exists()


def _counted(lines: QuerySet) -> Subquery:
    return Subquery(lines.annotate(n=Count("pk")).values("n"))


def _named(request: HttpRequest) -> dict[str, str]:
    """What the link that led here has said already."""
    return {name: request.GET[name] for name in ("store", "sku", "price") if name in request.GET}


def _filed(request: HttpRequest, form: PriceForm) -> PriceChange | None:
    try:
        return file_price_change(
            store=form.cleaned_data["store"],
            lines=[form.line],
            actor=request.user,
            at=timezone.now(),
        )
    except PriceRefused as refusal:
        problem = refusal.facts["problems"].get(0)
        form.add_error(form.FIELDS.get(problem.column) if problem else None, refusal.message)
        return None


def _proposal(request: HttpRequest, form: LaunchForm) -> dict[str, Any]:
    given, at = form.cleaned_data, timezone.now()
    store, channel = given["store"], given["channel"]
    proposal = offers.propose_launch_price(
        competitors=given["prices"],
        cost=given["cost"],
        margin=Margins(store, at).percent(channel),
        store=store,
        channel=channel,
        at=at,
    )
    link = ""
    if given["sku"] and not proposal.is_below_floor and request.user.has_perm(REQUEST, store):
        ask = reverse("admin:catalog_pricechange_ask")
        link = f"{ask}?store={store.pk}&sku={given['sku'].code}&price={proposal.amount}"
    return {
        "steps": proposal.steps,
        "currency": store.currency,
        "verdict": _verdict(proposal),
        "tone": "danger" if proposal.is_below_floor else "",
        "link": link,
    }


def _verdict(proposal: offers.LaunchPrice) -> str:
    if proposal.is_below_floor:
        return gettext("Below the floor: %(reckoning)s.") % {"reckoning": proposal.why_not}
    if proposal.margin is None:
        return gettext("The cost is not known, so the floor could not be checked.")
    return gettext("Margin: %(percent)s %% of the price; the floor is %(floor)s.") % {
        "percent": proposal.margin,
        "floor": f"{proposal.floor.amount:,.2f}",
    }


def _lines(request: HttpRequest, change: PriceChange) -> keyset.Page:
    rows = change.lines.select_related("sku", "channel")
    places = {side: request.GET.get(side, "") for side in ("before", "after")}
    try:
        return keyset.Page.read(rows, keyset.Sorting(descending=False), size=100, **places)
    except BadPlace as error:
        raise Http404 from error


def _shown(line: PriceChangeLine, change: PriceChange) -> dict[str, Any]:
    currency, by = change.store.currency, percent_between(line.before, line.amount)
    return {
        "line": line,
        "before": wording.money(line.before, currency),
        "after": wording.money(line.amount, currency),
        "by": "" if by is None else f"{by:+.1f} %",
        "tone": LINE_TONES.get(State(line.state), ""),
    }

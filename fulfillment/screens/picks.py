"""Pick lists: walked with a phone and a scanner, printed, short picks decided on (FUL-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import ProductPicture
from catalog.moving_forms import warehouses_of
from fulfillment import barcodes
from fulfillment.models import Pick, PickLine, ShortPick
from fulfillment.screens import due
from fulfillment.services import picking, waves
from fulfillment.services.picking import Scan
from fulfillment.services.planning import PLAN
from fulfillment.services.waves import PICK
from opsdesk import navigation, posted
from opsdesk.errors import DomainError
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import User

State = Pick.State
TONES = {
    State.OPEN: "",
    State.ASSIGNED: "info",
    State.PICKING: "warning",
    State.DONE: "good",
    State.SHORT: "danger",
    State.CANCELLED: "",
}
PAGE = "admin:fulfillment_pick_change"


class StopForm(forms.Form):
    """What was scanned at a stop; empty fields are what still has to be scanned."""

    bin_code = forms.CharField(label=_("Bin"), max_length=80, required=False)
    sku_code = forms.CharField(label=_("Article"), max_length=80, required=False)
    pieces = forms.IntegerField(label=_("Pieces"), min_value=1, max_value=1_000_000)
    position = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("bin_code", "sku_code", "pieces"):
            self.fields[name].widget.attrs["autocomplete"] = "off"


@admin.register(Pick)
class PickAdmin(ReadOnlyList):
    empty_title = _("No pick lists yet")
    empty_hint = _("They come with the waves that are released.")
    columns = [
        Column(_("number"), lambda p: p.number, "od-mono od-nowrap"),
        Column(_("state"), lambda p: state_pill(State, p.state, TONES[State(p.state)])),
        Column(_("picker"), lambda p: p.assigned_to or ""),
        Column(_("ship by"), lambda p: p.ship_by_cell, "od-nowrap"),
        Column(_("wave"), lambda p: p.wave.number, "od-mono od-wide"),
        Column(_("zone"), lambda p: p.zone or "", "od-wide"),
        Column(_("warehouse"), lambda p: p.wave.warehouse, "od-wide"),
    ]
    tabs = [
        Tab("free", _("To take"), lambda rows: rows.to_take()),
        Tab("work", _("At work"), lambda rows: rows.at_work()),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request)
        return rows.select_related("wave__warehouse__store", "zone", "assigned_to")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        due.work_out_picks(request, shown)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(PICK)
        return [(reverse("admin:fulfillment_pick_work"), _("Pick"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "fulfillment_pick"
        return [
            path("work/", view(self.work), name=f"{name}_work"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            path("<int:object_id>/print/", view(require_safe(self.printed)), name=f"{name}_print"),
            *super().get_urls(),
        ]

    def work(self, request: HttpRequest) -> HttpResponse:
        """Where a picker begins: scan a pick list's number, or take the most urgent one."""
        warehouses = list(warehouses_of(request.user, PICK))
        if not request.user.has_perm(PICK):
            raise PermissionDenied
        refusal = ""
        if request.method == "POST":
            try:
                pick = self._begun(request, warehouses)
                return redirect(PAGE, pick.pk)
            except DomainError as error:
                refusal = error.message
        working = Pick.objects.viewable_by(request.user).at_work().filter(assigned_to=request.user)
        mine = working.select_related("wave__warehouse__store").order_by("assigned_at")[:20]
        due.work_out_picks(request, mine)
        free = Pick.objects.viewable_by(request.user).to_take()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Pick"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "warehouses": warehouses,
            "mine": mine,
            "free": free.filter(wave__warehouse__in=warehouses).count(),
            "refusal": refusal,
        }
        return TemplateResponse(request, "fulfillment/pick_work.html", context)

    def _begun(self, request: HttpRequest, warehouses: list[Any]) -> Pick:
        """The pick list that was scanned, or the next one, this person's from now on."""
        number = posted.text_of(request, "number", most=40)
        now = timezone.now()
        if number:
            pick = Pick.objects.viewable_by(request.user).numbered(number).first()
            if pick is None:
                raise DomainError(gettext("There is no pick list %(number)s.") % {"number": number})
            return waves.assign_pick(
                pick_id=pick.pk, to_id=request.user.pk, actor=request.user, at=now
            )
        wanted = posted.id_of(request.POST.get("warehouse", ""))
        warehouse = next((each for each in warehouses if each.pk == wanted), None)
        if warehouse is None:
            raise Http404
        next_one = waves.take_next(warehouse_id=warehouse.pk, actor=request.user, at=now)
        if next_one is None:
            raise DomainError(gettext("No pick list waits: all are taken or done."))
        return next_one

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id))

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """A scan, a piece that is not there, or whose pick list it is."""
        pick = self.get_object(request, str(object_id))
        do = request.POST.get("do", "scan")
        if not self.allows(request, PLAN if do == "give" else PICK, pick):
            raise PermissionDenied
        if do == "scan":
            return self._scanned(request, pick)
        if do == "short":
            return self._short(request, pick)
        if do == "take":
            to_id = request.user.pk
        elif do == "give":
            to_id = posted.id_of(request.POST.get("to", "")) or 0
            if not _pickers(pick).filter(pk=to_id).exists():
                raise Http404
        else:
            raise Http404
        waves.assign_pick(pick_id=pick.pk, to_id=to_id, actor=request.user, at=timezone.now())
        return redirect(PAGE, pick.pk)

    def _scanned(self, request: HttpRequest, pick: Pick) -> HttpResponse:
        """What is not complete is asked for; what is wrong is said loudly."""
        form = StopForm(request.POST)
        if not form.is_valid():
            return self._page(request, pick, form=form)
        given = form.cleaned_data
        needs_bin = pick.lines.filter(position=given["position"], bin__isnull=False).exists()
        is_whole = given["sku_code"] and (given["bin_code"] or not needs_bin)
        if not is_whole:
            return self._page(request, pick, form=form)
        try:
            lines = picking.pick_stop(
                pick_id=pick.pk,
                position=given["position"],
                pieces=given["pieces"],
                scan=Scan(given["bin_code"] if needs_bin else None, given["sku_code"]),
                actor=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            return self._page(request, pick, refusal=error.message)
        totes = ", ".join(str(line.wave_order.slot) for line in lines)
        words = gettext("%(pieces)s × %(code)s, into tote %(totes)s.") % {
            "pieces": given["pieces"],
            "code": lines[0].sku.code,
            "totes": totes,
        }
        return self._page(request, pick, done=words)

    def _short(self, request: HttpRequest, pick: Pick) -> HttpResponse:
        """All open lines of the stop are short."""
        position = posted.id_of(request.POST.get("position", "")) or 0
        lines = list(pick.lines.open().filter(position=position).order_by("pk"))
        try:
            shorts = [
                picking.report_short(
                    pick_id=pick.pk,
                    line_id=line.pk,
                    reason=request.POST.get("reason", ""),
                    actor=request.user,
                    at=timezone.now(),
                )
                for line in lines
            ]
        except DomainError as error:
            return self._page(request, pick, refusal=error.message)
        is_found = all(short.state == ShortPick.State.REPLANNED for short in shorts)
        words = (
            gettext("Other bins have it: they are on your way now.")
            if is_found
            else gettext("Put down as missing. The warehouse is told.")
        )
        return self._page(request, pick, done=words)

    def _page(
        self,
        request: HttpRequest,
        pick: Pick,
        *,
        form: StopForm | None = None,
        done: str = "",
        refusal: str = "",
    ) -> HttpResponse:
        picks = Pick.objects.select_related("wave__warehouse__store", "zone", "assigned_to")
        pick = picks.get(pk=pick.pk)
        due.work_out_picks(request, [pick])
        lines = list(
            pick.lines.select_related("bin__zone", "sku__product", "wave_order__order")
            .in_walking_order()
            .all()
        )
        is_mine = pick.assigned_to_id in (None, request.user.pk)
        is_open = pick.state in Pick.OPEN and pick.wave.state in pick.wave.AT_WORK
        may_pick = self.allows(request, PICK, pick) and is_open
        stop = _stop(lines) if may_pick and is_mine else None
        context = {
            **self.admin_site.each_context(request),
            "title": pick.number,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "pick": pick,
            "tone": TONES[State(pick.state)],
            "lines": lines,
            "stop": stop,
            "form": _form_for(stop, form) if stop else None,
            "reasons": ShortPick.Reason.choices,
            "put_back": [one for one in lines if one.picked and one.wave_order.left_at],
            "dropped": [one for one in lines if one.state == PickLine.State.DROPPED],
            "done": done,
            "refusal": refusal,
            "may_take": may_pick and pick.state == State.OPEN,
            "pickers": _pickers(pick)
            if is_open and pick.state != State.PICKING and self.allows(request, PLAN, pick)
            else [],
            "wanted": sum(one.wanted for one in lines if one.state != PickLine.State.DROPPED),
            "fetched": sum(one.picked for one in lines if one.state != PickLine.State.DROPPED),
        }
        return TemplateResponse(request, "fulfillment/pick_page.html", context)

    def printed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The pick list on paper: bins in walking order, codes to scan."""
        pick = self.get_object(request, str(object_id))
        lines = list(
            pick.lines.exclude(state=PickLine.State.DROPPED)
            .select_related("bin__zone", "sku__product", "wave_order__order")
            .in_walking_order()
        )
        context = {
            "title": pick.number,
            "zone": pick.wave.warehouse.store.timezone,
            "pick": pick,
            "code": barcodes.code128(pick.number),
            "lines": [(line, barcodes.qr(line.sku.code, size_mm=14)) for line in lines],
        }
        return TemplateResponse(request, "fulfillment/pick_print.html", context)


def _stop(lines: list[PickLine]) -> dict[str, Any] | None:
    """Where to go next: the bin, the article with its picture, and which tote gets how many."""
    waiting = [line for line in lines if line.state == PickLine.State.OPEN]
    if not waiting:
        return None
    first = waiting[0]
    here = [line for line in waiting if line.position == first.position]
    pictures = ProductPicture.objects.filter(product=first.sku.product_id)
    return {
        "line": first,
        "totes": [(line.wave_order.slot, line.left) for line in here],
        "pieces": sum(line.left for line in here),
        "picture": pictures.order_by("place").first(),
        "stops": len({line.position for line in waiting}),
    }


def _form_for(stop: dict[str, Any], form: StopForm | None) -> StopForm:
    """The fields of the stop, the cursor on the first one that is still to be scanned."""
    line = stop["line"]
    given = dict(form.data.items()) if form else {}
    if given.get("position") != str(line.position):
        given = {}
    fresh = StopForm(
        initial={
            "position": line.position,
            "pieces": given.get("pieces") or stop["pieces"],
            "bin_code": given.get("bin_code", ""),
            "sku_code": given.get("sku_code", ""),
        }
    )
    if line.bin is None:
        del fresh.fields["bin_code"]
    names = [name for name in ("bin_code", "sku_code") if name in fresh.fields]
    empty = next((name for name in names if not fresh.initial[name]), "pieces")
    fresh.fields[empty].widget.attrs["autofocus"] = True
    return fresh


def _pickers(pick: Pick) -> QuerySet[User]:
    """Who picks in this warehouse."""
    store = pick.wave.warehouse.store_id
    people = User.objects.filter(memberships__store=store, is_active=True).distinct()
    able = [
        person.pk for person in people[:200] if pick.wave.warehouse in warehouses_of(person, PICK)
    ]
    return User.objects.filter(pk__in=able).order_by("username")


navigation.register(
    "fulfillment",
    Screen(_("Pick"), "trolley", "admin:fulfillment_pick_work", PICK, rank=14),
)

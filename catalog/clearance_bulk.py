"""One measure for many slow SKUs: first a page that says what it would do with each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import ClearancePlan, SlowStock
from catalog.services.clearing import (
    MOST,
    PLAN,
    Task,
    chosen,
    cut_prices,
    owners_in,
    plan_clearance,
)
from catalog.services.measures import Choice
from catalog.services.price_requests import REQUEST
from catalog.services.pricing import VIEW_COST
from opsdesk import posted
from opsdesk.bulk.lists import chosen_rows, frame, selection_of
from opsdesk.errors import DomainError
from opsdesk.wording import money

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from catalog.admin.clearance import SlowStockAdmin
    from opsdesk.stores.models import User

LIST = "admin:catalog_slowstock_changelist"


def right_for(measure: Choice) -> str:
    return REQUEST if measure == Choice.PRICE_CUT else PLAN


def measure_of(text: str) -> Choice:
    try:
        return Choice(text)
    except ValueError as error:
        raise Http404 from error


def preview(screen: SlowStockAdmin, request: HttpRequest) -> HttpResponse:
    """Effect and cost of the measure for the ticked rows or the whole selection."""
    measure = _allowed(request)
    rows = _chosen(screen, request)
    if len(rows) > MOST:
        raise DomainError(
            _("That is more than %(most)s SKUs. Narrow the selection first.") % {"most": MOST}
        )
    proposals = chosen(rows, measure, at=timezone.now())
    fitting = [row for row in rows if _fits(request.user, row, measure, proposals[row.pk].problem)]
    fitting = list({row.sku_id: row for row in fitting}.values())
    one_store = fitting[0].store if len({row.store_id for row in fitting}) == 1 else None
    free = {row.pk for row in fitting}
    context = {
        **frame(screen, request, capfirst(measure.label)),
        "action": {"code": measure.value, "title": capfirst(measure.label)},
        "ids": ",".join(str(pk) for pk in sorted(free)),
        "count": len(free),
        "left_alone": len(rows) - len(free),
        "rows": [_line(request.user, row, proposals[row.pk], row.pk in free) for row in rows],
        "owners": owners_in(one_store) if one_store else [],
        "is_task": measure != Choice.PRICE_CUT,
    }
    return TemplateResponse(request, "catalog/clearance_preview.html", context)


def run(screen: SlowStockAdmin, request: HttpRequest) -> HttpResponse:
    """Do what the preview said, or what a card of a row's page says of that row."""
    measure = _allowed(request)
    ids = posted.ids_of(request.POST.get("ids", "").split(","))
    if not ids:
        raise DomainError(_("Tick at least one SKU."))
    return choose(request, measure, ids, back=reverse(LIST) + selection_of(request))


def choose(request: HttpRequest, measure: Choice, ids: Sequence[int], *, back: str) -> HttpResponse:
    """The measure is filed or planned for these rows; leads to the one request, or back."""
    at = timezone.now()
    if measure == Choice.PRICE_CUT:
        changes = cut_prices(row_ids=ids, actor=request.user, at=at)
        messages.success(request, _("The price change is filed; somebody else decides on it."))
        return redirect("admin:catalog_pricechange_change", changes[0].pk)
    task = Task(
        measure=ClearancePlan.Measure(measure.value),
        owner=_owner(request, ids),
        note=posted.text_of(request, "note", most=300),
    )
    plans = plan_clearance(row_ids=ids, task=task, actor=request.user, at=at)
    words = ngettext("%(count)s task is planned.", "%(count)s tasks are planned.", len(plans))
    tell = messages.success if plans else messages.warning
    tell(request, words % {"count": len(plans)})
    return redirect(back)


def _owner(request: HttpRequest, ids: Sequence[int]) -> User:
    """The person named, of those who may be given tasks in the rows' store."""
    row = SlowStock.objects.visible_to(request.user).filter(pk__in=ids).first()
    if row is None:
        raise DomainError(_("Nothing of this is open any more."))
    owner = owners_in(row.store).filter(pk=posted.id_of(request.POST.get("owner", ""))).first()
    if owner is None:
        raise DomainError(_("Say whose task it is: a catalog operator of the store."))
    return owner


def _allowed(request: HttpRequest) -> Choice:
    measure = measure_of(request.POST.get("bulk", ""))
    if not request.user.has_perm(right_for(measure)):
        raise PermissionDenied
    return measure


def _fits(person: User, row: SlowStock, measure: Choice, problem: str) -> bool:
    return not problem and person.has_perm(right_for(measure), row)


def _line(person: User, row: SlowStock, proposal: Any, fits: bool) -> dict[str, Any]:
    sees_cost = person.has_perm(VIEW_COST, row)
    return {
        "row": row,
        "fits": fits,
        "proposal": proposal,
        "freed": money(proposal.freed, row.store.currency) if sees_cost else "",
        "lost": money(proposal.lost, row.store.currency) if sees_cost else "",
    }


def _chosen(screen: SlowStockAdmin, request: HttpRequest) -> list[SlowStock]:
    rows: QuerySet[SlowStock] = chosen_rows(screen, request, tick_one=_("Tick at least one SKU."))
    return list(rows.open().order_by("-value", "pk")[: MOST + 1])

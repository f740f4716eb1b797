"""What a parcel costs: expected, billed, and the form a bill is put down with (FUL-5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fulfillment.models import Parcel, ParcelCharge
from fulfillment.services import billing
from fulfillment.services.billing import Billed
from opsdesk.errors import DomainError
from opsdesk.lists import ReadOnlyList, Tab, pill
from opsdesk.wording import money

if TYPE_CHECKING:
    from opsdesk.stores.models import User

SEE = billing.SEE


def _differing(rows: QuerySet) -> QuerySet:
    return rows.filter(pk__in=ParcelCharge.objects.differing().values("parcel"))


DIFFERS = Tab("differs", _("Cost differs"), _differing)


def work_out(parcels: list[Any], user: User) -> None:
    """Each parcel of the page has what is known of its cost, where the person may see it."""
    rows = ParcelCharge.objects.visible_to(user).filter(parcel__in=parcels)
    charges = {row.parcel_id: row for row in rows}
    for parcel in parcels:
        charge = charges.get(parcel.pk)
        seen = charge is not None and user.has_perm(SEE, parcel.warehouse)
        parcel.cost_shown = _in_short(charge, parcel) if seen and charge else "–"


def _in_short(charge: ParcelCharge, parcel: Parcel) -> SafeString | str:
    currency = parcel.store.currency
    told = charge.expected if charge.billed is None else charge.billed
    if not charge.difference:
        return money(told, currency)
    return format_html("{} {}", money(told, currency), _beyond(charge, currency))


def _beyond(charge: ParcelCharge, currency: str) -> SafeString:
    """The difference as a pill: dearer than expected is bad, cheaper is to be known."""
    sign, tone = ("+", "danger") if charge.difference > 0 else ("−", "info")
    return pill(f"{sign}{money(abs(charge.difference), currency)}", tone)


def cost_of(parcel: Parcel, user: User) -> dict[str, Any] | None:
    """What the parcel's page shows of its cost; None for who may not see it, or without label."""
    if not parcel.waybill or not user.has_perm(SEE, parcel.warehouse):
        return None
    charge = ParcelCharge.objects.select_related("table", "billed_by").filter(parcel=parcel).first()
    differs = charge is not None and bool(charge.difference)
    return {
        "charge": charge,
        "currency": parcel.store.currency,
        "beyond": _beyond(charge, parcel.store.currency) if charge and differs else "",
        "may_bill": user.has_perm(billing.BILL, parcel.warehouse),
        "may_see_table": user.has_perm("fulfillment.view_pricetable", parcel.warehouse),
    }


class BillForm(forms.Form):
    """What the carrier bills for one parcel. `seen` is what was on record when it was opened."""

    amount = forms.DecimalField(
        label=_("Billed cost"), min_value=Decimal(0), max_digits=12, decimal_places=2
    )
    bill = forms.CharField(
        label=_("Number of the bill"), max_length=billing.MOST_BILL, required=False
    )
    seen = forms.DecimalField(required=False, widget=forms.HiddenInput)


def put_down(screen: ReadOnlyList, request: HttpRequest, parcel: Parcel, page: str) -> HttpResponse:
    """The form, and then the parcel's page."""
    if not screen.allows(request, billing.BILL, parcel.warehouse):
        raise PermissionDenied
    charge = ParcelCharge.objects.filter(parcel=parcel).first()
    now = {"amount": charge.billed, "bill": charge.bill, "seen": charge.billed} if charge else {}
    form = BillForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            billing.put_down_bill(
                billed=Billed(parcel.pk, given["amount"], given["bill"].replace("\0", "")),
                seen=given["seen"],
                actor=request.user,
                at=timezone.now(),
            )
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, gettext("What the carrier billed is on record."))
            return redirect(page, parcel.pk)
    return screen.form_page(
        request,
        form,
        gettext("Bill for %(parcel)s") % {"parcel": parcel},
        submit=gettext("Put it down"),
        intro=_intro(charge, parcel),
    )


def _intro(charge: ParcelCharge | None, parcel: Parcel) -> str:
    facts: dict[str, Any] = {"waybill": parcel.waybill, "carrier": parcel.carrier}
    if charge is None or charge.expected is None:
        return gettext("%(carrier)s, waybill %(waybill)s.") % facts
    facts["cost"] = money(charge.expected, parcel.store.currency)
    return gettext("%(carrier)s, waybill %(waybill)s; expected %(cost)s.") % facts

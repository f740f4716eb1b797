"""Links to the page on which a customer sees where a parcel is, without signing in (FUL-7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from fulfillment.models import Parcel
from opsdesk.posted import id_of

if TYPE_CHECKING:
    from collections.abc import Iterable

# 256 bits of HMAC: nobody guesses one. A point is in no signature, and needs no escape.
_SIGNER = Signer(sep=".", salt="fulfillment.track_parcel")
SHOWN = (*Parcel.GONE, Parcel.State.PACKED)


def link_for(parcel: Parcel) -> str:
    """The address of the parcel's page; empty for one that shows nothing."""
    if not parcel.waybill or parcel.state not in SHOWN:
        return ""
    return f"{settings.SITE_URL}{reverse('track-parcel', args=[_SIGNER.sign(str(parcel.pk))])}"


def parcel_of(token: str) -> Parcel | None:
    """The parcel that the link is for; None where we made no such link."""
    try:
        parcel_id = id_of(_SIGNER.unsign(token))
    except BadSignature:
        return None
    parcels = Parcel.objects.filter(pk=parcel_id, state__in=SHOWN).exclude(waybill="")
    return parcels.select_related("store", "carrier").first()


def last_four(numbers: Iterable[str]) -> list[str]:
    """As much of each order's number as tells its owner which it is, and nobody else anything."""
    return [f"…{number[-4:]}" for number in sorted(numbers)]

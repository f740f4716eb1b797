"""The page that says how noisy each check is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from opsdesk import wording
from opsdesk.alerts import numbers
from opsdesk.alerts.checks import titles
from opsdesk.alerts.noise import Noise, noise_of
from opsdesk.lists import ReadOnlyList, crumbs
from opsdesk.people import stores_of
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

VIEW = "alerts.view_alert"
DAYS = 30


@dataclass(frozen=True)
class Line:
    noise: Noise
    title: str
    link: str

    @property
    def wait(self) -> str:
        median = self.noise.to_acknowledge
        return wording.duration(median) if median is not None else "–"


def noise_page(screen: ReadOnlyList, request: HttpRequest) -> HttpResponse:
    """Of the stores where the person may look at alerts, or of one of them."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    at = timezone.now()
    stores = [store for store in stores_of(request) if request.user.has_perm(VIEW, store)]
    chosen = next((one for one in stores if str(one.pk) == request.GET.get("store")), None)
    found = noise_of([chosen] if chosen else stores, since=at - timedelta(days=DAYS), at=at)
    context = {
        **screen.admin_site.each_context(request),
        "title": _("How noisy checks are"),
        "crumbs": crumbs(screen.opts),
        "opts": screen.opts,
        "is_fullwidth": 1,
        "stores": stores,
        "chosen": chosen,
        "days": DAYS,
        "ignored_after": int(procedure.value_of(numbers.IGNORED_AFTER.key, store=chosen, at=at)),
        "lines": _lines(found, chosen),
    }
    return TemplateResponse(request, "alerts/noise.html", context)


def _lines(found: list[Noise], chosen: Store | None) -> list[Line]:
    named = dict(titles())
    place = reverse("admin:alerts_alert_changelist")
    store = {"store": str(chosen.pk)} if chosen else {}
    return [
        Line(
            one,
            named.get(one.check_code, one.check_code),
            f"{place}?{urlencode({'check': one.check_code, **store})}",
        )
        for one in found
    ]

"""The health strip: does the work behind the pages go on? Read from database rows only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from opsdesk import wording
from opsdesk.alerts.models import Alert
from opsdesk.estimates import capped_count, capped_counts
from opsdesk.exchange.models import ImportSession
from opsdesk.navigation import MOST, shown
from opsdesk.schedule.models import Slot
from opsdesk.schedule.services import PARKED
from opsdesk.waiting import LATE, QUIET

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Sign:
    """One statement about the system. `tone`: good, warning or danger."""

    text: str
    tone: str = "good"
    link: str = ""


def signs_for(request: HttpRequest, at: datetime) -> list[Sign]:
    return [_scheduler(at), *_late(request, at), *_imports(request, at)]


def _scheduler(at: datetime) -> Sign:
    last = Slot.objects.last_moment()
    if last is None:
        return Sign(
            _("The scheduler has not run yet: clocks stand still until the worker is started."),
            "warning",
        )
    silence = at - last
    if silence < -QUIET:
        return Sign(
            _("A clock was set back: scheduled runs go on at %(moment)s.")
            % {"moment": wording.moment(last)},
            "danger",
        )
    if silence <= QUIET:
        return Sign(_("Scheduler running"))
    minutes = int(silence.total_seconds() // 60)
    return Sign(
        ngettext(
            "The scheduler has been silent for %(minutes)s minute. Nothing is lost; breaches and "
            "alerts appear when it runs again.",
            "The scheduler has been silent for %(minutes)s minutes. Nothing is lost; breaches and "
            "alerts appear when it runs again.",
            minutes,
        )
        % {"minutes": minutes},
        "danger",
    )


def _late(request: HttpRequest, at: datetime) -> list[Sign]:
    signs = []
    late = capped_count(Slot.objects.waiting(at).filter(slot_at__lt=at - LATE), MOST)
    if late:
        signs.append(
            Sign(
                _("Scheduled runs that wait: %(count)s. A worker may be down.")
                % {"count": shown(late)},
                "warning",
                _slots(request),
            )
        )
    parked = Alert.objects.open().viewable_by(request.user).filter(check_code=PARKED.code)
    if parked.exists():
        signs.append(
            Sign(_("A scheduled job keeps failing and was parked."), "danger", _slots(request))
        )
    return signs


def _slots(request: HttpRequest) -> str:
    allowed = request.user.has_perm("schedule.view_slot")
    return reverse("admin:schedule_slot_changelist") if allowed else ""


def _imports(request: HttpRequest, at: datetime) -> list[Sign]:
    if not request.user.has_perm("exchange.view_importsession"):
        return []
    recent = ImportSession.objects.viewable_by(request.user).filter(created_at__gte=at - LATELY)
    counts = capped_counts(
        {
            "running": recent.filter(state=ImportSession.State.RUNNING),
            "refused": recent.filter(state=ImportSession.State.REFUSED),
        },
        MOST,
    )
    signs = []
    if counts["running"]:
        signs.append(Sign(_("Imports running: %(count)s") % {"count": shown(counts["running"])}))
    if counts["refused"]:
        signs.append(
            Sign(
                _("Imports refused since yesterday: %(count)s")
                % {"count": shown(counts["refused"])},
                "warning",
            )
        )
    return signs

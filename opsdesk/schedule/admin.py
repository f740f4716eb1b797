"""Scheduled runs: what ran, what waits, what failed and why."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation, wording
from opsdesk.filters import ListFilters, StateFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, state_pill
from opsdesk.navigation import Screen
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot

TONES = {
    Slot.State.DONE: "good",
    Slot.State.PARKED: "danger",
    Slot.State.RUNNING: "info",
    Slot.State.DUE: "warning",
}


def _job_choices() -> list[tuple[str, str]]:
    return [(job.code, str(job.title)) for job in jobs.all_jobs()]


def _took(slot: Slot) -> str:
    if not (slot.finished_at and slot.claimed_at):
        return ""
    return wording.duration(slot.finished_at - slot.claimed_at)


class SlotFilters(ListFilters):
    job = StateFilter(_job_choices, _("Job"))
    state = StateFilter(Slot.State.choices, _("State"))

    class Meta:
        model = Slot
        fields: list[str] = []


@admin.register(Slot)
class SlotAdmin(ReadOnlyList):
    filters = SlotFilters
    fields = [
        "what",
        "store",
        "slot_at",
        "business_date",
        "state",
        "attempts",
        "claimed_at",
        "lease_until",
        "finished_at",
        "result",
        "error",
    ]
    readonly_fields = ["what"]
    empty_title = _("Nothing has run yet")
    empty_hint = _("Start the worker and the beat; the first tick comes within a minute.")
    columns = [
        Column(_("job"), lambda s: jobs.title_of(s.job)),
        Column(_("due"), lambda s: wording.moment(s.slot_at), "od-nowrap"),
        Column(_("store"), lambda s: s.store or _("all"), "od-wide"),
        Column(_("state"), lambda s: state_pill(Slot.State, s.state, TONES.get(s.state, ""))),
        Column(_("attempts"), lambda s: s.attempts, "od-num od-wide"),
        Column(_("took"), _took, "od-num od-wide"),
        Column(_("error"), lambda s: s.error[:120], "od-wide"),
    ]
    tabs = [
        Tab("waiting", _("Waiting"), lambda rows: rows.filter(state=Slot.State.DUE)),
        Tab(
            "parked", _("Parked"), lambda rows: rows.filter(state=Slot.State.PARKED), counted=False
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    @admin.display(description=_("job"))
    def what(self, slot: Slot) -> str:
        return jobs.title_of(slot.job)


navigation.register(
    "setup",
    Screen(_("Scheduled runs"), "schedule", "admin:schedule_slot_changelist", "schedule.view_slot"),
)

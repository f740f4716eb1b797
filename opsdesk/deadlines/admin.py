"""Clocks, to look at: they change only through what happens to their subjects."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from opsdesk import navigation, wording
from opsdesk.deadlines import rules
from opsdesk.deadlines.models import Deadline, DeadlineQuerySet
from opsdesk.desk.rows import page_of
from opsdesk.filters import ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.roles import Role

TONES = {
    Deadline.Standing.OVERDUE: "danger",
    Deadline.Standing.MET_LATE: "warning",
    Deadline.Standing.MET: "good",
    Deadline.Standing.RUNNING: "info",
}


def _rule_choices() -> list[tuple[str, str]]:
    return [(rule.code, f"{rule.clause} {rule.title}") for rule in rules.all_rules()]


class DeadlineFilters(ListFilters):
    rule = StateFilter(_rule_choices, _("Rule"))
    state = StateFilter(Deadline.Standing.choices, _("State"), method="standing_so")
    owner_role = StateFilter(Role.choices, _("Owner"))
    source = StateFilter(Deadline.Source.choices, _("Source"))
    store = StoreFilter()

    class Meta:
        model = Deadline
        fields: list[str] = []

    def standing_so(self, rows: DeadlineQuerySet, _name: str, value: str) -> DeadlineQuerySet:
        return rows.standing(value, at=timezone.now())


def _pill(clock: Deadline) -> SafeString:
    standing = clock.standing(timezone.now())
    return state_pill(Deadline.Standing, standing, TONES.get(standing, ""))


def _standing(standing: Deadline.Standing, title: str | Promise) -> Tab:
    return Tab(
        standing.value,
        title,
        lambda rows: rows.standing(standing, at=timezone.now()),
        counted=False,
    )


@admin.register(Deadline)
class DeadlineAdmin(ReadOnlyList):
    filters = DeadlineFilters
    empty_title = _("No clocks yet")
    empty_hint = _("A clock starts when something begins that has to end in time.")
    columns = [
        Column(_("clock"), lambda d: d.title),
        Column(_("subject"), lambda d: d.subject_label, "od-mono od-nowrap"),
        Column(_("clause"), lambda d: d.clause, "od-nowrap od-wide"),
        Column(_("state"), _pill),
        Column(_("due"), lambda d: moment_in(d.due_at, d.store), "od-nowrap"),
        Column(_("owner"), lambda d: Role(d.owner_role).label, "od-wide"),
        Column(_("store"), lambda d: d.store, "od-wide"),
        Column(_("source"), lambda d: Deadline.Source(d.source).label, "od-wide"),
        Column(
            _("money at risk"),
            lambda d: wording.money(d.money_at_risk, d.store.currency),
            "od-num od-wide",
        ),
    ]
    tabs = [
        _standing(Deadline.Standing.OVERDUE, _("Overdue")),
        _standing(Deadline.Standing.RUNNING, _("Running")),
        _standing(Deadline.Standing.PAUSED, _("Paused")),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        clock = self.get_object(request, object_id)
        subject = clock.subject_type
        at = timezone.now()
        standing = clock.standing(at)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{clock.title} {clock.subject_label}",
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "clock": clock,
            "standing": standing.label,
            "tone": TONES.get(standing, ""),
            "allowed": f"{clock.allowed.value.normalize():f} {clock.allowed.unit.label}",
            "left": wording.time_left(clock.time_left(at)) if clock.state in Deadline.OPEN else "",
            "link": page_of(
                request, subject.app_label, subject.model, clock.subject_id, clock.store_id
            ),
            "events": clock.events.order_by("-at", "-pk"),
        }
        return TemplateResponse(request, "deadlines/clock_page.html", context)


navigation.register(
    "desk",
    Screen(_("Clocks"), "timer", "admin:deadlines_deadline_changelist", "deadlines.view_deadline"),
)

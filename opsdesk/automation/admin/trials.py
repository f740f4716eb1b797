"""A rule is tried on what has been: followed while the worker is at it, read when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from opsdesk.automation import actions, showing
from opsdesk.automation.models import Rule, RuleTrial
from opsdesk.automation.services import switching, trying
from opsdesk.automation.showing import page_of_subject
from opsdesk.desk.cards import Chart, Day
from opsdesk.desk.charts import Drawing, draw
from opsdesk.lists import Column, ReadOnlyList, crumbs, moment_in, state_pill

State = RuleTrial.State
TONES = {State.DONE: "good", State.FAILED: "danger", State.RUNNING: "info"}


@dataclass(frozen=True)
class Example:
    label: str
    link: str | None
    at: str


@dataclass(frozen=True)
class StepLine:
    action: str
    would: int
    left_alone: int


@admin.register(RuleTrial)
class RuleTrialAdmin(ReadOnlyList):
    """Of all rules; usually one comes from the rule's own page."""

    empty_title = _("No rule was tried yet")
    empty_hint = _("A trial says what a rule would have done; it changes nothing.")
    columns = [
        Column(_("rule"), lambda t: t.version),
        Column(_("state"), lambda t: state_pill(State, t.state, TONES.get(t.state, ""))),
        Column(_("would have acted"), lambda t: t.result.get("total", "–"), "od-num"),
        Column(_("asked for by"), lambda t: t.asked_by, "od-wide"),
        Column(_("asked for"), lambda t: moment_in(t.asked_at, t.version.rule.store), "od-nowrap"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("version__rule__store", "asked_by")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        trial: Any = self.get_object(request, object_id)
        rule = trial.version.rule
        user = request.user
        is_current = trial.version.number == rule.version
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What it would have done"),
            "crumbs": [
                *crumbs(Rule._meta),
                (rule.name, reverse("admin:automation_rule_change", args=[rule.pk])),
            ],
            "opts": self.opts,
            "rule": rule,
            "trial": trial,
            "is_under_way": trial.state in (State.WAITING, State.RUNNING),
            "is_current": is_current,
            "pill": state_pill(State, trial.state, TONES.get(State(trial.state), "")),
            "sentence": showing.sentence_of(trial.version, rule.store),
            "may_switch": is_current and user.has_perm(switching.SWITCH, rule) and not rule.is_on,
            "may_try": is_current and user.has_perm(trying.TRY, rule),
            **(_told(request, trial) if trial.state == State.DONE else {}),
        }
        return TemplateResponse(request, "automation/trial_page.html", context)


def _told(request: HttpRequest, trial: RuleTrial) -> dict[str, Any]:
    """The result in words; see `services.trying` for its shape."""
    result = trial.result
    rule = trial.version.rule
    return {
        "total": result["total"],
        "is_now": result["is_now"],
        "by_rules": result["by_rules"],
        "drawing": _drawing(trial),
        "steps": [
            StepLine(capfirst(actions.title_of(step["action"])), step["would"], step["left_alone"])
            for step in result["steps"]
        ],
        "examples": [_example(request, trial, each) for each in result["examples"]],
        "hours": [
            (moment_in(parse_datetime(hour), rule.store), count) for hour, count in result["hours"]
        ],
        "most_an_hour": result["most_an_hour"],
    }


def _drawing(trial: RuleTrial) -> Drawing | None:
    """Bars per day, the days without left at nothing."""
    counts = {date.fromisoformat(day): count for day, count in trial.result["days"]}
    if not counts or trial.result["is_now"]:
        return None
    store = trial.version.rule.store
    first, last = store.business_date(trial.since), store.business_date(trial.until)
    days = [
        Day(day, Decimal(counts.get(day, 0)), _times(counts.get(day, 0)), 0)
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
    ]
    return draw(Chart(gettext("Per day"), _("would have acted"), "", days))


def _times(count: int) -> str:
    return ngettext("%(count)s time", "%(count)s times", count) % {"count": count}


def _example(request: HttpRequest, trial: RuleTrial, told: dict[str, Any]) -> Example:
    rule = trial.version.rule
    link = page_of_subject(request, trial.version, told["id"], rule.store)
    return Example(told["label"], link, moment_in(parse_datetime(told["at"]), rule.store))

"""Alerts: the list, one alert with its evidence and timeline, and raising one by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.dataclasses import SearchResult

from opsdesk import command, navigation, posted, privacy, wording
from opsdesk.alerts import panels, services, storms
from opsdesk.alerts.bulk import ALERTS, ASSIGN, next_morning, people_of
from opsdesk.alerts.checks import STORM, name_of, runbook_of, title_for, title_of, word_for
from opsdesk.alerts.filters import AlertFilters
from opsdesk.alerts.models import Alert, Severity
from opsdesk.alerts.noise_page import noise_page
from opsdesk.desk import cards, ground
from opsdesk.desk.cards import Figure
from opsdesk.desk.queries import desk_rows
from opsdesk.desk.rows import place_of_subject
from opsdesk.errors import DomainError
from opsdesk.estimates import capped_count
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in, pill, state_pill
from opsdesk.navigation import Screen
from opsdesk.people import stores_of
from opsdesk.selections.screens import KeptSelections
from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

ACT = "alerts.act_on_alert"
RAISE = "alerts.raise_alert"
NOISE = "admin:alerts_alert_noise"
SEARCHED = 200
SHOWN = 20
TONES = {"critical": "danger", "warning": "warning", "info": "info"}


class RaiseForm(forms.Form):
    """What a person writes to put something on a role's desk."""

    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())
    title = forms.CharField(label=_("What is wrong?"), max_length=120)
    owner_role = forms.ChoiceField(label=_("For"), choices=Role.choices)
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Severity.choices, initial=Severity.WARNING
    )
    deadline_at = forms.DateTimeField(
        label=_("Act by"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    money_at_risk = forms.DecimalField(
        label=_("Money at risk"), max_digits=14, decimal_places=2, min_value=0, required=False
    )
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.active().filter(pk__in=user.stores_allowing(RAISE))
        field: forms.ModelChoiceField = self.fields["store"]
        field.queryset = stores
        if len(stores) == 1:
            field.initial = stores[0]


def _title(alert: Alert) -> SafeString | str:
    """Marked where it keeps coming back or climbed."""
    words = title_of(alert)
    marks = [(_("keeps coming back"), "warning")] if alert.is_recurring else []
    if alert.level:
        marks.append((Role(alert.escalated_to).label, "danger"))
    if not marks:
        return words
    return format_html("{}{}", words, format_html_join("", " {}", ((pill(*m),) for m in marks)))


EXPORTED = [
    Column(_("alert"), title_of),
    Column(_("check"), lambda a: a.check_code),
    Column(_("subject"), lambda a: a.subject_label),
    Column(_("store"), lambda a: a.store.code),
    Column(_("clause"), lambda a: a.clause),
    Column(_("severity"), lambda a: a.get_severity_display()),
    Column(_("state"), lambda a: a.get_state_display()),
    Column(_("owner"), lambda a: a.get_owner_role_display()),
    Column(_("assigned to"), lambda a: str(a.assignee or "")),
    Column(_("level"), lambda a: a.level),
    Column(_("days seen"), lambda a: a.days_seen),
    Column(_("times reopened"), lambda a: a.times_reopened),
    Column(_("opened"), lambda a: a.opened_at.astimezone(a.store.zone)),
    Column(_("act by"), lambda a: a.deadline_at and a.deadline_at.astimezone(a.store.zone)),
    Column(_("money at risk"), lambda a: a.money_at_risk),
]


@admin.register(Alert)
class AlertAdmin(KeptSelections, ReadOnlyList):
    filters = AlertFilters
    list_template = "alerts/alert_list.html"
    export_columns = EXPORTED
    empty_title = _("No alerts")
    empty_hint = _("Checks and overdue clocks raise them; they close when the cause is gone.")
    columns = [
        Column(_("alert"), _title),
        Column(_("subject"), lambda a: a.subject_words, "od-mono od-wide"),
        Column(
            _("severity"), lambda a: state_pill(Severity, a.severity, TONES.get(a.severity, ""))
        ),
        Column(_("state"), lambda a: state_pill(Alert.State, a.state), "od-wide"),
        Column(_("clause"), lambda a: a.clause, "od-nowrap od-wide"),
        Column(_("owner"), lambda a: a.assignee or Role(a.owner_role).label, "od-wide"),
        Column(_("store"), lambda a: a.store, "od-wide"),
        Column(_("opened"), lambda a: moment_in(a.opened_at, a.store), "od-nowrap od-wide"),
        Column(_("act by"), lambda a: moment_in(a.deadline_at, a.store), "od-nowrap"),
        Column(
            _("money at risk"),
            lambda a: wording.money(a.money_at_risk, a.store.currency),
            "od-num",
        ),
    ]
    tabs = [
        Tab("open", _("Open"), lambda rows: rows.unfolded()),
        Tab("critical", _("Critical"), lambda rows: rows.unfolded().filter(severity="critical")),
        Tab(
            "climbed",
            _("Climbed"),
            lambda rows: rows.unfolded().filter(level__gte=1),
            counted=False,
        ),
        Tab(
            "recurring",
            _("Keep coming back"),
            lambda rows: rows.unfolded().filter(is_recurring=True),
            counted=False,
        ),
        Tab(
            "snoozed",
            _("Snoozed"),
            lambda rows: rows.unfolded().filter(snoozed_until__gt=timezone.now()),
            counted=False,
        ),
        Tab(
            "resolved",
            _("Resolved"),
            lambda rows: rows.filter(state=Alert.State.RESOLVED),
            counted=False,
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "assignee")

    def work_out(self, request: HttpRequest, shown: list[Alert]) -> None:
        storms.count_folded(shown)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        noise: tuple[str, str | Promise] = (reverse(NOISE), _("Noise"))
        if not request.user.has_perm(RAISE):
            return [noise]
        return [noise, (reverse("admin:alerts_alert_raise"), _("Raise an alert"))]

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return ALERTS.buttons(request)

    def bulk(self, request: HttpRequest) -> HttpResponse:
        preview = ALERTS.preview(self, request)
        if preview.context_data["action"] is ASSIGN:
            preview.template_name = "alerts/bulk_assign.html"
            preview.context_data["people"] = people_of(request.user.stores_allowing(ACT))
        return preview

    def run_bulk(self, request: HttpRequest) -> HttpResponse:
        return ALERTS.run(request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("raise/", view(self.raise_view), name="alerts_alert_raise"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name="alerts_alert_act"),
            path("noise/", view(partial(noise_page, self)), name="alerts_alert_noise"),
            path("bulk/", view(require_POST(self.run_bulk)), name="alerts_alert_bulk"),
            *super().get_urls(),
        ]

    def raise_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(RAISE):
            raise PermissionDenied
        form = RaiseForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            alert = services.raise_by_hand(
                **form.cleaned_data, actor=request.user, at=timezone.now()
            )
            messages.success(request, gettext("The alert is on the desk."))
            return redirect(reverse("admin:alerts_alert_change", args=[alert.pk]))
        return self.form_page(
            request,
            form,
            gettext("Raise an alert"),
            submit=gettext("Raise"),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        alert = self.get_object(request, object_id)
        may_act = request.user.has_perm(ACT, alert)
        is_open = alert.state != Alert.State.RESOLVED
        context = {
            **self.admin_site.each_context(request),
            "title": title_of(alert),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "alert": alert,
            "runbook": runbook_of(alert),
            "evidence": _evidence(alert),
            "storm": _storm(alert),
            "link": place_of_subject(request, alert),
            "events": alert.events.select_related("actor").order_by("-at", "-pk"),
            "may_act": may_act,
            "may_change": may_act and is_open,
            "colleagues": people_of([alert.store_id]) if may_act and is_open else [],
            "may_climb": is_open and alert.climbs_at and not alert.folded_into_id,
            "tone": TONES.get(alert.severity, ""),
            "panels": panels.panels_of(alert, request.user),
        }
        return TemplateResponse(request, "alerts/alert_page.html", context)

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """One action on one alert, from its page."""
        alert = self.get_object(request, str(object_id))
        if not request.user.has_perm(ACT, alert):
            raise PermissionDenied
        verb = VERBS.get(request.POST.get("do", ""))
        if verb is None:
            raise Http404
        if verb(request, alert, timezone.now()):
            messages.success(request, gettext("Done."))
        else:
            messages.warning(request, gettext("Nothing was changed: somebody else was first."))
        return redirect(reverse("admin:alerts_alert_change", args=[alert.pk]))


def _evidence(alert: Alert) -> list[tuple[str, str]]:
    """The compared values as words: times in the store's zone, no personal data."""
    shown = []
    for name, value in alert.evidence.items():
        if alert.check_code == STORM.code and name == "check":
            value = title_for(value, {})
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        moment = parse_datetime(value) if isinstance(value, str) and "T" in value else None
        if isinstance(value, float):
            value = f"{value:g}"
        word = str(word_for(alert, name, value))
        text = moment_in(moment, alert.store) if moment else privacy.mask_mobiles(word)
        shown.append((name_of(alert, name), text))
    return shown


def _storm(alert: Alert) -> dict[str, Any] | None:
    """What a storm stands for: how many are open, the first of them, and where the rest is."""
    storms.count_folded([alert])
    if alert.stands_for is None:
        return None
    folded = alert.folded.filter(state=Alert.State.OPEN).order_by("pk")[:SHOWN]
    return {
        "count": alert.stands_for,
        "first": [
            (one, reverse("admin:alerts_alert_change", args=[one.pk]), title_of(one))
            for one in folded
        ],
        "list": f"{reverse('admin:alerts_alert_changelist')}?storm={alert.pk}",
    }


def _acknowledge(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    return services.acknowledge(alert_ids=[alert.pk], actor=request.user, at=at)


def _snooze_hour(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    until = at + timedelta(hours=1)
    return services.snooze(alert_ids=[alert.pk], until=until, actor=request.user, at=at)


def _snooze_tomorrow(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    until = next_morning(alert.store, at)
    return services.snooze(alert_ids=[alert.pk], until=until, actor=request.user, at=at)


def _assign(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    pk = posted.id_of(request.POST.get("assignee", ""))
    person = next((one for one in people_of([alert.store_id]) if one.pk == pk), None)
    if person is None:
        raise DomainError(gettext("Choose somebody who works for this store."))
    return services.assign(alert_ids=[alert.pk], assignee=person, actor=request.user, at=at)


def _resolve(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    note = _note(request, gettext("Say in a word how it was settled."))
    return services.resolve(alert_ids=[alert.pk], note=note, actor=request.user, at=at)


def _comment(request: HttpRequest, alert: Alert, at: datetime) -> list[int]:
    note = _note(request, gettext("Write something first."))
    return services.comment(alert_id=alert.pk, note=note, actor=request.user, at=at)


def _note(request: HttpRequest, missing: str) -> str:
    note = posted.text_of(request, "note", most=500)
    if not note:
        raise DomainError(missing)
    return note


VERBS = {
    "acknowledge": _acknowledge,
    "snooze-hour": _snooze_hour,
    "snooze-tomorrow": _snooze_tomorrow,
    "assign": _assign,
    "resolve": _resolve,
    "comment": _comment,
}


def find_alerts(request: HttpRequest, words: str) -> list[SearchResult]:
    """Among the soonest on this person's desk, whose title or subject holds the words."""
    at = timezone.now()
    soonest = desk_rows(request.user, stores_of(request), at=at, limit=SEARCHED)
    named = [
        (row, f"{title_of(row)} {row.subject_label}") for row in soonest if isinstance(row, Alert)
    ]
    return [
        SearchResult(
            title=name,
            description=gettext("Alert"),
            link=reverse("admin:alerts_alert_change", args=[alert.pk]),
            icon="notifications",
        )
        for alert, name in named
        if words.lower() in name.lower()
    ][: command.EACH]


def figures(request: HttpRequest, stores: list[Store], at: datetime) -> list[Figure]:
    """How many alerts are open in these stores, whoever they are for."""
    rows = Alert.objects.visible_to(request.user).in_stores(store.pk for store in stores)
    count = capped_count(rows.unfolded(), navigation.MOST)
    return [
        Figure(
            label=_("Open alerts"),
            value=navigation.shown(count) or "0",
            tone="danger" if count else "",
            link=f"{reverse('admin:alerts_alert_changelist')}?tab=open",
        )
    ]


cards.register_figures("alerts.view_alert", figures)
ground.register()
navigation.register(
    "desk",
    Screen(
        _("My desk"),
        "task_alt",
        "admin:index",
        "",
        waiting=lambda request: Alert.objects.for_desk(request.user, timezone.now()),
        tone="danger",
        rank=10,
    ),
    Screen(
        _("Alerts"),
        "notifications",
        "admin:alerts_alert_changelist",
        "alerts.view_alert",
        rank=20,
    ),
)
command.register("alerts.view_alert", find_alerts)

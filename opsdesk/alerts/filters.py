"""How the list of alerts is narrowed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk import posted
from opsdesk.alerts.checks import MANUAL, STORM, codes_of, titles
from opsdesk.alerts.models import Alert, Severity
from opsdesk.filters import DaysFilter, ListFilters, PlainSelect, StateFilter, StoreFilter
from opsdesk.people import stores_of
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role

MOST_DAYS = 3_650
NOBODY = "nobody"


def _people(request: HttpRequest | None) -> QuerySet[User]:
    if request is None:
        return User.objects.none()
    here = User.objects.filter(is_active=True, memberships__store__in=stores_of(request))
    return here.distinct().order_by("username")


class AlertFilters(ListFilters):
    store = StoreFilter()
    check = StateFilter(titles, _("Check"), field_name="check_code")
    state = StateFilter(Alert.State.choices, _("State"))
    severity = StateFilter(Severity.choices, _("Severity"))
    owner_role = StateFilter(Role.choices, _("Owner"))
    assignee = django_filters.ModelChoiceFilter(
        queryset=_people,
        label=_("Assigned to"),
        empty_label=_("Any"),
        null_label=_("nobody"),
        null_value=NOBODY,
        widget=PlainSelect,
    )
    clause = django_filters.CharFilter(label=_("Clause"), method="of_clause", max_length=12)
    days_open = django_filters.NumberFilter(
        label=_("Open for so many days"),
        method="open_for",
        decimal_places=0,
        min_value=0,
        max_value=MOST_DAYS,
    )
    level = StateFilter(
        [("0", _("where it began")), ("1", _("one step up")), ("2", _("two steps up"))],
        _("Level"),
    )
    is_recurring = StateFilter(
        [("yes", _("keeps coming back")), ("no", _("does not"))], _("Recurring"), method="recurring"
    )
    opened = DaysFilter(label=_("Opened"), field_name="opened_at")
    storm = django_filters.NumberFilter(
        field_name="folded_into",
        decimal_places=0,
        max_digits=posted.DIGITS,
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Alert
        fields: list[str] = []

    def of_clause(self, rows: QuerySet, _name: str, clause: str) -> QuerySet:
        """Narrowed by what raises alerts of the clause first, which an index knows.

        What people raise and storms may name any clause; of one that nobody raises alerts for any
        more all are looked through.
        """
        found = rows.filter(clause__iexact=clause)
        codes = codes_of(clause.upper())
        return found.filter(check_code__in=[*codes, MANUAL.code, STORM.code]) if codes else found

    def open_for(self, rows: QuerySet, _name: str, days: Any) -> QuerySet:
        """Open since so many times 24 hours, or longer."""
        since = timezone.now() - timedelta(days=int(days))
        return rows.exclude(state=Alert.State.RESOLVED).filter(opened_at__lte=since)

    def recurring(self, rows: QuerySet, _name: str, said: str) -> QuerySet:
        return rows.filter(is_recurring=said == "yes")

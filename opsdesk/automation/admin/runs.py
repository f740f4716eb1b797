"""What rules have done, newest first: per rule, or of the whole store."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk.automation import actions, showing, subjects
from opsdesk.automation.models import Firing, Rule
from opsdesk.automation.models.firings import Outcome
from opsdesk.filters import DaysFilter, ListFilters, PlainSearch, PlainSelect, StateFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in
from opsdesk.selections.screens import KeptSelections


def _rules(request: HttpRequest | None) -> QuerySet:
    return (
        Rule.objects.visible_to(request.user).order_by("name") if request else Rule.objects.none()
    )


class FiringFilters(ListFilters):
    subject = django_filters.CharFilter(
        field_name="subject_label", lookup_expr="exact", label=_("Subject"), widget=PlainSearch
    )
    rule = django_filters.ModelChoiceFilter(
        queryset=_rules, label=_("Rule"), empty_label=_("All rules"), widget=PlainSelect
    )
    outcome = StateFilter(Outcome.choices, _("Outcome"))
    at = DaysFilter(_("Day"))

    class Meta:
        model = Firing
        fields: list[str] = []


def _subject(row: Any) -> SafeString:
    title = subjects.title_of(row.subject_type.model_class()._meta.label_lower)
    return format_html('{} <span class="od-dim">{}</span>', row.subject_label, title)


def _effects(row: Any) -> SafeString:
    return format_html_join(
        "",
        "<div>{} {}</div>",
        (
            (showing.outcome_of(effect.outcome), actions.title_of(effect.action))
            for effect in row.effects.all()
        ),
    )


def _said(row: Any) -> str:
    """For a file: what each action did, with the reason."""
    return "; ".join(
        f"{actions.title_of(each.action)}: {each.get_outcome_display()}"
        + (f" ({each.reason})" if each.reason else "")
        for each in row.effects.all()
    )


@admin.register(Firing)
class FiringAdmin(KeptSelections, ReadOnlyList):
    filters = FiringFilters
    empty_title = _("No rule has acted yet")
    empty_hint = _("Each time a rule acts there is a line here, kept with what it did.")
    columns = [
        Column(_("subject"), _subject),
        Column(_("rule"), lambda f: f"{f.rule.name} v{f.version.number}"),
        Column(_("outcome"), lambda f: showing.outcome_of(f.outcome)),
        Column(_("what it did"), _effects, "od-wide"),
        Column(_("at"), lambda f: moment_in(f.at, f.rule.store), "od-nowrap"),
        Column(_("store"), lambda f: f.rule.store, "od-wide"),
    ]
    export_columns = [
        Column(_("at"), lambda f: f.at.astimezone(f.rule.store.zone)),
        Column(_("store"), lambda f: f.rule.store.code),
        Column(_("rule"), lambda f: f.rule.name),
        Column(_("version"), lambda f: f.version.number),
        Column(_("subject"), lambda f: f.subject_label),
        Column(_("outcome"), lambda f: f.get_outcome_display()),
        Column(_("what it did"), _said),
    ]
    tabs = [
        Tab("refused", _("Refused"), lambda rows: rows.filter(outcome=Outcome.REFUSED)),
        Tab("stopped", _("Stopped"), lambda rows: rows.filter(outcome=Outcome.STOPPED)),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        rows = super().list_rows(request).select_related("rule__store", "version")
        return rows.prefetch_related("effects", "subject_type")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        found: Any = self.get_object(request, object_id)
        rows = Firing.objects.select_related("rule__store", "version").prefetch_related("effects")
        firing = rows.get(pk=found.pk)
        led = {rule.pk: rule for rule in Rule.objects.filter(pk__in=firing.chain)}
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Run of a rule"),
            "crumbs": [
                *crumbs(Rule._meta),
                (firing.rule.name, reverse("admin:automation_rule_change", args=[firing.rule_id])),
            ],
            "opts": self.opts,
            "line": showing.line_of(request, firing),
            "firing": firing,
            "rule": firing.rule,
            "sentence": showing.sentence_of(firing.version, firing.rule.store),
            "led_by": [led[pk] for pk in firing.chain if pk in led],
        }
        return TemplateResponse(request, "automation/run_page.html", context)

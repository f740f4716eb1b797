"""The rules of the person's stores: listed, written, tried, switched, and each version of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.dataclasses import SearchResult

from opsdesk import command, keyset, navigation, posted
from opsdesk.automation import comparing, showing, starters
from opsdesk.automation.admin import building
from opsdesk.automation.models import Firing, Rule, RuleTrial, RuleVersion
from opsdesk.automation.numbers import TRIED_DAYS
from opsdesk.automation.services import switching, trying, writing
from opsdesk.filters import ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in
from opsdesk.navigation import Screen
from opsdesk.stores import procedure

State = Rule.State
VIEW = "automation.view_rule"
VIEW_RUNS = "automation.view_firing"
RUNS_SHOWN = 10
VERSIONS_SHOWN = 5


class RuleFilters(ListFilters):
    store = StoreFilter()
    state = StateFilter(State.choices, _("State"))

    class Meta:
        model = Rule
        fields: list[str] = []


def _name(rule: Any) -> SafeString:
    return format_html('{}<div class="od-rule">{}</div>', rule.name, rule.sentence)


@admin.register(Rule)
class RuleAdmin(ReadOnlyList):
    filters = RuleFilters
    sorting = keyset.Sorting("name", descending=False)
    list_template = "automation/rule_list.html"
    empty_title = _("No rule yet")
    empty_hint = _("A rule watches the store and acts by itself, the same way each time.")
    columns = [
        Column(_("rule"), _name),
        Column(_("store"), lambda r: r.store, "od-wide"),
        Column(_("state"), showing.state_of),
        Column(_("last acted"), lambda r: moment_in(r.fired_at, r.store), "od-nowrap od-wide"),
        Column(_("acted in 7 days"), lambda r: r.acted, "od-num od-wide"),
    ]
    tabs = [
        Tab("on", _("On"), lambda rows: rows.filter(state=State.ON)),
        Tab("parked", _("Parked"), lambda rows: rows.filter(state=State.PARKED)),
        Tab("off", _("Off"), lambda rows: rows.filter(state=State.OFF)),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """Each in words, and how often it acted: two statements and what can be chosen."""
        sentences = showing.sentences_of(shown)
        acted = showing.acted_in_a_week(shown, timezone.now())
        for rule in shown:
            rule.sentence = sentences.get(rule.pk, "")
            rule.acted = acted.get(rule.pk, 0)

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons: list[tuple[str, str | Promise]] = []
        if request.user.has_perm(VIEW_RUNS):
            buttons.append((reverse("admin:automation_firing_changelist"), _("Run log")))
        if request.user.has_perm(writing.ADD):
            buttons.append((reverse("admin:automation_rule_new"), _("New rule")))
        return buttons

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"starters": self._starters(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def _starters(self, request: HttpRequest) -> list[tuple[starters.Starter, str]]:
        """What to begin with, as long as there is nothing."""
        if not request.user.has_perm(writing.ADD) or self.get_queryset(request).exists():
            return []
        stores = building.stores_to_write_in(request.user)
        return starters.offered(stores[0], request.user) if stores else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        row = "<int:object_id>/"
        return [
            path("new/", view(self.new), name="automation_rule_new"),
            path(f"{row}edit/", view(self.edit), name="automation_rule_edit"),
            path(f"{row}switch/", view(require_POST(self.switch)), name="automation_rule_switch"),
            path(f"{row}try/", view(require_POST(self.try_it)), name="automation_rule_try"),
            path(f"{row}versions/", view(self.versions), name="automation_rule_versions"),
            path(
                f"{row}bring-back/",
                view(require_POST(self.bring_back)),
                name="automation_rule_bring_back",
            ),
            *super().get_urls(),
        ]

    def new(self, request: HttpRequest) -> HttpResponse:
        context = self._context(request, gettext("New rule"))
        context["back"] = reverse("admin:automation_rule_changelist")
        return building.new(request, context)

    def edit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self._rule(request, object_id)
        context = self._of(request, rule, gettext("Change the rule"))
        context["back"] = reverse("admin:automation_rule_change", args=[rule.pk])
        return building.edit(request, rule, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        rule = self._rule(request, object_id)
        version = switching.current_version(rule)
        user = request.user
        context = self._context(request, rule.name)
        context |= {
            "rule": rule,
            "version": version,
            "state": showing.state_of(rule),
            "sentence": showing.sentence_of(version, rule.store),
            "acted": showing.acted_in_a_week([rule], timezone.now()).get(rule.pk, 0),
            "trial": version.trials.order_by("-pk").first(),
            "days": int(procedure.value_of(TRIED_DAYS.key, store=rule.store, at=timezone.now())),
            "is_tried": version.trials.filter(state=RuleTrial.State.DONE).exists(),
            "runs": self._runs(request, rule),
            "versions": rule.versions.select_related("written_by")[:VERSIONS_SHOWN],
            "may_change": user.has_perm(writing.CHANGE, rule),
            "may_switch": user.has_perm(switching.SWITCH, rule),
            "may_try": user.has_perm(trying.TRY, rule),
            "may_look_at_runs": user.has_perm(VIEW_RUNS, rule),
        }
        return TemplateResponse(request, "automation/rule_page.html", context)

    def _runs(self, request: HttpRequest, rule: Rule) -> list[showing.FiringLine]:
        if not request.user.has_perm(VIEW_RUNS, rule):
            return []
        runs = Firing.objects.filter(rule=rule).select_related("rule", "version")
        last = runs.prefetch_related("effects").order_by("-pk")[:RUNS_SHOWN]
        return [showing.line_of(request, firing) for firing in last]

    def switch(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self._rule(request, object_id)
        if not request.user.has_perm(switching.SWITCH, rule):
            raise PermissionDenied
        if request.POST.get("to") == "off":
            switching.switch_off(rule_id=rule.pk, actor=request.user, at=timezone.now())
            messages.success(request, gettext("The rule is off."))
        else:
            switching.switch_on(
                rule_id=rule.pk,
                expected_version=posted.id_of(request.POST.get("version", "")) or 0,
                actor=request.user,
                at=timezone.now(),
                reason=posted.text_of(request, "reason", most=300),
            )
            messages.success(request, gettext("The rule is on, from now on."))
        return redirect("admin:automation_rule_change", rule.pk)

    def try_it(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self._rule(request, object_id)
        if not request.user.has_perm(trying.TRY, rule):
            raise PermissionDenied
        trial = trying.ask_for_trial(rule_id=rule.pk, actor=request.user, at=timezone.now())
        return redirect("admin:automation_ruletrial_change", trial.pk)

    def versions(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """All of them; two that are chosen side by side, in words."""
        rule = self._rule(request, object_id)
        found = list(rule.versions.select_related("written_by"))
        newer, older = self._two(request, rule, found)
        context = self._of(request, rule, gettext("Versions"))
        context |= {
            "rule": rule,
            "versions": found,
            "newer": newer,
            "older": older,
            "lines": comparing.compared(older, newer, rule.store) if older and newer else [],
            "may_change": request.user.has_perm(writing.CHANGE, rule),
        }
        return TemplateResponse(request, "automation/rule_versions.html", context)

    def _two(
        self, request: HttpRequest, rule: Rule, found: list[RuleVersion]
    ) -> tuple[RuleVersion | None, RuleVersion | None]:
        """Those that are asked for; else the one that counts and the one before it."""
        by_number = {version.number: version for version in found}
        newer = posted.id_of(request.GET.get("newer", "")) or rule.version
        older = posted.id_of(request.GET.get("older", "")) or newer - 1
        return by_number.get(newer), by_number.get(older)

    def bring_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self._rule(request, object_id)
        if not request.user.has_perm(writing.CHANGE, rule):
            raise PermissionDenied
        number = posted.id_of(request.POST.get("number", "")) or 0
        if not rule.versions.filter(number=number).exists():
            raise Http404
        version = writing.bring_back(
            rule_id=rule.pk,
            number=number,
            expected_version=posted.id_of(request.POST.get("version", "")) or 0,
            actor=request.user,
            at=timezone.now(),
        )
        said = gettext("Version %(old)s counts again, as version %(new)s. The rule is off.")
        messages.success(request, said % {"old": number, "new": version.number})
        return redirect("admin:automation_rule_change", rule.pk)

    def _rule(self, request: HttpRequest, object_id: int | str) -> Rule:
        rule: Any = self.get_object(request, str(object_id))
        return Rule.objects.select_related("store", "created_by").get(pk=rule.pk)

    def _of(self, request: HttpRequest, rule: Rule, title: str) -> dict[str, Any]:
        context = self._context(request, title)
        page = reverse("admin:automation_rule_change", args=[rule.pk])
        context["crumbs"] = [*context["crumbs"], (rule.name, page)]
        return context

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
        }


def find_rules(request: HttpRequest, words: str) -> list[SearchResult]:
    """By a part of the name: a store has few."""
    found = Rule.objects.viewable_by(request.user).filter(name__icontains=words)
    return [
        SearchResult(
            title=rule.name,
            description=gettext("Automation rule · %(state)s")
            % {"state": rule.get_state_display()},
            link=reverse("admin:automation_rule_change", args=[rule.pk]),
            icon="rule_settings",
        )
        for rule in found.order_by("name")[: command.EACH]
    ]


command.register(VIEW, find_rules)
navigation.register(
    "desk",
    Screen(
        _("Automation rules"),
        "rule_settings",
        "admin:automation_rule_changelist",
        VIEW,
        waiting=lambda request: Rule.objects.viewable_by(request.user).filter(state=State.PARKED),
        tone="danger",
        rank=18,
    ),
)

"""Inspections: those that were, one asked for now and followed, and what each check of it saw."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation
from opsdesk.filters import DateSpanFilter, ListFilters, StateFilter, StoreFilter
from opsdesk.inspection import checks, page
from opsdesk.inspection.models import CheckResult, InspectionRun
from opsdesk.inspection.services.walking import RUN, ask_for_inspection
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, pill, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import Store, User

Outcome = CheckResult.Outcome
State = InspectionRun.State
TONES = {State.DONE: "good", State.RUNNING: "info"}
GRAVEST_FIRST = keyset.Sorting(descending=False)
PAGE_SIZE = 100


class RunFilters(ListFilters):
    store = StoreFilter()
    state = StateFilter(State.choices, _("State"))
    business_date = DateSpanFilter(label=_("Business day"))

    class Meta:
        model = InspectionRun
        fields: list[str] = []


class AskForm(forms.Form):
    """Of which store."""

    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.active().filter(pk__in=user.stores_allowing(RUN))
        field: forms.ModelChoiceField = self.fields["store"]
        field.queryset = stores
        if len(stores) == 1:
            field.initial = stores[0]


def _with(outcome: str) -> Exists:
    return Exists(CheckResult.objects.filter(run=OuterRef("pk"), outcome=outcome))


def _asked_by(run: Any) -> str:
    if run.is_scheduled:
        return gettext("schedule")
    return str(run.requested_by or gettext("command"))


def _count(outcome: str, tone: str) -> Any:
    def cell(run: Any) -> str | SafeString:
        count = run.counts.get(outcome, 0)
        return pill(count, tone) if count else "–"

    return cell


def _took(run: Any) -> str:
    seconds = (run.counts.get("milliseconds") or 0) / 1000
    return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}


@admin.register(InspectionRun)
class InspectionRunAdmin(ReadOnlyList):
    filters = RunFilters
    empty_title = _("Nothing has been inspected yet")
    empty_hint = _("Every store is walked through each morning, by itself.")
    columns = [
        Column(_("business day"), lambda r: r.business_date.isoformat(), "od-nowrap"),
        Column(_("store"), lambda r: r.store),
        Column(_("asked for by"), _asked_by, "od-wide"),
        Column(_("state"), lambda r: state_pill(State, r.state, TONES.get(r.state, "")), "od-wide"),
        Column(_("passed"), _count(Outcome.PASSED, "good"), "od-num"),
        Column(_("findings"), _count(Outcome.FINDINGS, "danger"), "od-num"),
        Column(_("unchecked"), _count(Outcome.UNCHECKED, "warning"), "od-num"),
        Column(_("took"), _took, "od-num od-wide"),
    ]
    tabs = [
        Tab("findings", _("With findings"), lambda rows: rows.filter(_with(Outcome.FINDINGS))),
        Tab("unchecked", _("Not all checked"), lambda rows: rows.filter(_with(Outcome.UNCHECKED))),
        Tab("underway", _("Under way"), lambda rows: rows.under_way()),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "requested_by")

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """How the checks of each ended, and what they took together."""
        outcomes = {o.value: Count("pk", filter=Q(outcome=o.value)) for o in Outcome}
        counted = (
            CheckResult.objects.filter(run__in=[run.pk for run in shown])
            .values("run_id")
            .order_by()
            .annotate(took=Sum("milliseconds"), **outcomes)
        )
        by_run = {row["run_id"]: row for row in counted}
        for run in shown:
            row = by_run.get(run.pk, {})
            run.counts = row | {"milliseconds": row.get("took")}

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm(RUN):
            return []
        return [(reverse("admin:inspection_inspectionrun_ask"), _("Inspect now"))]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("ask/", view(self.ask), name="inspection_inspectionrun_ask"),
            path(
                "result/<int:result_id>/",
                view(self.result_view),
                name="inspection_inspectionrun_result",
            ),
            *super().get_urls(),
        ]

    def ask(self, request: HttpRequest) -> HttpResponse:
        """A run of a store's checks waits; its page follows it."""
        if not request.user.has_perm(RUN):
            raise PermissionDenied
        form = AskForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            run = ask_for_inspection(
                store=form.cleaned_data["store"], actor=request.user, at=timezone.now()
            )
            return redirect("admin:inspection_inspectionrun_change", run.pk)
        return self.form_page(
            request,
            form,
            gettext("Inspect now"),
            submit=gettext("Inspect"),
            intro=gettext("Every check looks at the store as it is now. It takes a minute or two."),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self._run(request, object_id)
        context = self._context(request, run)
        context["clauses"] = page.clauses_of(request, run)
        context["outcomes"] = _outcomes(context["clauses"])
        return TemplateResponse(request, "inspection/run_page.html", context)

    def result_view(self, request: HttpRequest, result_id: int) -> HttpResponse:
        """One check of a run with all of its findings that are kept."""
        result = get_object_or_404(CheckResult.objects.visible_to(request.user), pk=result_id)
        run, code = self._run(request, str(result.run_id)), result.code
        rows, problem = _findings(result, request)
        context = self._context(request, run)
        context["crumbs"] += [(str(run), self._page_of(run))]
        context |= {
            "title": checks.title_of(code),
            "part": page.part_of(request, run.store, code, result, rows.rows),
            "page": rows,
            "problem": problem,
        }
        return TemplateResponse(request, "inspection/check_page.html", context)

    def _run(self, request: HttpRequest, object_id: str) -> InspectionRun:
        run: Any = self.get_object(request, object_id)
        return InspectionRun.objects.select_related("store", "requested_by").get(pk=run.pk)

    def _page_of(self, run: InspectionRun) -> str:
        return reverse("admin:inspection_inspectionrun_change", args=[run.pk])

    def _context(self, request: HttpRequest, run: InspectionRun) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": gettext("Inspection of %(store)s on %(day)s")
            % {"store": run.store, "day": run.business_date.isoformat()},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "run": run,
            "asked_by": _asked_by(run),
            "pill": state_pill(State, run.state, TONES.get(State(run.state), "")),
        }


def _findings(result: CheckResult, request: HttpRequest) -> tuple[keyset.Page, str | Promise]:
    rows = result.rows.select_related("alert")
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    try:
        found = keyset.Page.read(rows, GRAVEST_FIRST, size=PAGE_SIZE, before=before, after=after)
    except keyset.BadPlace:
        first = keyset.Page.read(rows, GRAVEST_FIRST, size=PAGE_SIZE)
        return first, _("That page is not there; this is the first one.")
    return found, ""


def _outcomes(found: list[page.Clause]) -> list[tuple[str, int, str]]:
    """(words, how many checks, tone)."""
    results = [part.result for clause in found for part in clause.parts if part.result]
    return [
        (str(outcome.label), sum(r.outcome == outcome for r in results), page.TONES[outcome])
        for outcome in Outcome
    ]


navigation.register(
    "desk",
    Screen(
        _("Inspection"),
        "fact_check",
        "admin:inspection_inspectionrun_changelist",
        "inspection.view_inspectionrun",
        rank=12,
    ),
)

"""The board of what might be sold, each candidate's page, and how much each criterion weighs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
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
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog import selection_forms
from catalog.models import (
    CandidateScore,
    Criterion,
    Scorecard,
    SelectionCandidate,
    SelectionDecision,
    Trial,
)
from catalog.models.selection import BEST
from catalog.services import selection, trials
from catalog.services.selection import ADD, DECIDE, SCORE, WEIGH
from opsdesk import keyset, posted
from opsdesk.filters import ListFilters, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill
from opsdesk.people import stores_of
from opsdesk.stores import procedure
from opsdesk.stores.models import Store

PAGE = "admin:catalog_selectioncandidate_change"
State = SelectionCandidate.State
TONES = {State.OPEN: "", State.LATER: "warning", State.TRIAL: "info", State.REJECTED: ""}
TRIAL_TONES = {Trial.State.RUNNING: "info", Trial.State.TAKEN_ON: "good", Trial.State.DROPPED: ""}
MOST_COMPARED = 6


class CandidateFilters(ListFilters):
    state = StateFilter(State.choices, _("State"))
    store = StoreFilter()

    class Meta:
        model = SelectionCandidate
        fields: list[str] = []


@dataclass(frozen=True)
class Bar:
    """A criterion with its weight and the score that counts, if there is one."""

    criterion: Criterion
    weight: int
    score: CandidateScore | None

    @property
    def percent(self) -> int:
        return 100 * self.score.score // BEST if self.score else 0


def bars_of(candidates: Sequence[SelectionCandidate], scorecard: Scorecard) -> list[list[Bar]]:
    """Of each candidate its criteria in their order. One query."""
    newest = CandidateScore.objects.filter(candidate__in=candidates).newest()
    scores = {(s.candidate_id, s.criterion): s for s in newest.select_related("scored_by")}
    return [
        [Bar(c, scorecard.weight(c), scores.get((candidate.pk, c.value))) for c in Criterion]
        for candidate in candidates
    ]


def _standing(candidate: SelectionCandidate) -> SafeString:
    """What was decided; once there is a trial, how that stands."""
    trial = getattr(candidate, "trial", None)
    if trial is not None:
        return state_pill(Trial.State, trial.state, TRIAL_TONES[Trial.State(trial.state)])
    return state_pill(State, candidate.state, TONES[State(candidate.state)])


@admin.register(SelectionCandidate)
class SelectionCandidateAdmin(ReadOnlyList):
    filters = CandidateFilters
    sorting = keyset.Sorting("total")
    empty_title = _("No candidates yet")
    empty_hint = _("Put up what might be sold, score it, and let somebody else decide.")
    columns = [
        Column(_("name"), lambda c: c.name),
        Column(_("total"), lambda c: c.total if c.scored else "", "od-num"),
        Column(_("scored"), lambda c: f"{c.scored} / {len(Criterion)}", "od-num"),
        Column(_("state"), _standing),
        Column(_("category"), lambda c: c.category, "od-wide"),
        Column(_("supplier"), lambda c: c.supplier or "", "od-wide"),
        Column(_("store"), lambda c: c.store, "od-wide"),
    ]
    tabs = [
        Tab("decide", _("Undecided"), lambda rows: rows.to_decide()),
        Tab("score", _("To score"), lambda rows: rows.to_score()),
        Tab("trial", _("On trial"), lambda rows: rows.on_trial()),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("supplier", "store", "trial")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        weighs = [store for store in stores_of(request) if request.user.has_perm(WEIGH, store)]
        buttons: list[tuple[str, str | Promise]] = [
            (
                reverse("admin:catalog_selectioncandidate_weights", args=[store.pk]),
                _("Weights") if len(weighs) == 1 else f"{gettext('Weights')} · {store}",
            )
            for store in weighs
        ]
        if request.user.has_perm(ADD):
            buttons.append((reverse("admin:catalog_selectioncandidate_new"), _("Put up")))
        return buttons

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [("compare", _("Compare"))]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        ids = posted.ids_of(request.POST.getlist("ids"))
        query = "&".join(f"id={pk}" for pk in ids[:MOST_COMPARED])
        return redirect(f"{reverse('admin:catalog_selectioncandidate_compare')}?{query}")

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "catalog_selectioncandidate"
        return [
            path("new/", view(self.new), name=f"{name}_new"),
            path("compare/", view(self.compare), name=f"{name}_compare"),
            path("weights/<int:store_id>/", view(self.weights), name=f"{name}_weights"),
            path("<int:object_id>/act/", view(require_POST(self.act)), name=f"{name}_act"),
            *super().get_urls(),
        ]

    def new(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        form = selection_forms.CandidateForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            candidate = SelectionCandidate.objects.create(
                **form.cleaned_data, created_by=request.user, created_at=timezone.now()
            )
            return redirect(reverse(PAGE, args=[candidate.pk]))
        return self.form_page(request, form, gettext("New candidate"), submit=gettext("Put up"))

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Candidates of one store side by side, by the weights in force."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = posted.ids_of(request.GET.getlist("id"))
        rows = self.get_queryset(request).filter(pk__in=ids[:MOST_COMPARED])
        found = list(rows.select_related("store").order_by("store_id", "-total", "pk"))
        candidates = [one for one in found if one.store_id == found[0].store_id]
        lines: list[tuple[Any, ...]] = []
        if candidates:
            scorecard = selection.scorecard_of(candidates[0].store, at=timezone.now())
            lines = list(zip(*bars_of(candidates, scorecard), strict=True))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Compare"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "candidates": candidates,
            "lines": lines,
        }
        return TemplateResponse(request, "catalog/candidates_compared.html", context)

    def weights(self, request: HttpRequest, store_id: int) -> HttpResponse:
        store = Store.objects.visible_to(request.user).filter(pk=store_id).first()
        if store is None:
            raise Http404
        if not request.user.has_perm(WEIGH, store):
            raise PermissionDenied
        scorecard = selection.scorecard_of(store, at=timezone.now())
        form = selection_forms.WeightsForm(request.POST or None, scorecard=scorecard)
        if request.method == "POST" and form.is_valid():
            selection.set_weights(
                store=store,
                weights=form.weights,
                seen=form.cleaned_data["seen"],
                actor=request.user,
                at=timezone.now(),
            )
            messages.success(request, gettext("The weights are set; the board is sorted anew."))
            return redirect(reverse("admin:catalog_selectioncandidate_changelist"))
        return self.form_page(
            request,
            form,
            gettext("Weights of %(store)s") % {"store": store},
            submit=gettext("Save"),
            intro=gettext("In percent, 100 together. What was decided keeps its weights."),
        )

    def act(self, request: HttpRequest, object_id: int) -> HttpResponse:
        candidate = self.get_object(request, str(object_id))
        do = request.POST.get("do", "")
        if do not in _STEPS:
            raise Http404
        page = _Page(self, request, candidate)
        if do not in page.allowed:
            raise PermissionDenied
        form = page.form(do, request.POST)
        if not form.is_valid():
            return page.response(**{do: form})
        _STEPS[do](form, candidate, request.user, timezone.now())
        messages.success(request, gettext("It is on record."))
        return redirect(reverse(PAGE, args=[candidate.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return _Page(self, request, self.get_object(request, object_id)).response()


class _Page:
    """The page of a candidate, with the forms that this person can send in now."""

    def __init__(
        self, screen: SelectionCandidateAdmin, request: HttpRequest, candidate: SelectionCandidate
    ) -> None:
        self.screen, self.request, self.candidate = screen, request, candidate
        self.at = timezone.now()
        self.trial = Trial.objects.filter(candidate=candidate).select_related("product").first()
        self.decision = candidate.decisions.select_related("scorecard").first()
        self.bars = bars_of([candidate], self._scorecard())[0]
        self.allowed = self._allowed()

    def _scorecard(self) -> Scorecard:
        """The one that the decision stands on, else the one in force."""
        is_pending = self.candidate.state in SelectionCandidate.PENDING
        if self.decision is not None and not is_pending:
            return self.decision.scorecard
        return selection.scorecard_of(self.candidate.store, at=self.at)

    def _allowed(self) -> set[str]:
        may = {
            permission: self.screen.allows(self.request, permission, self.candidate)
            for permission in (SCORE, DECIDE)
        }
        if self.candidate.state in SelectionCandidate.PENDING:
            scorers = {bar.score.scored_by_id for bar in self.bars if bar.score}
            decides = may[DECIDE] and scorers != {self.request.user.pk}
            return {step for step, can in (("score", may[SCORE]), ("decide", decides)) if can}
        if self.candidate.state != State.TRIAL or not may[DECIDE]:
            return set()
        if self.trial is None:
            return {"start"}
        return {"judge"} if self.trial.state == Trial.State.RUNNING else set()

    def form(self, step: str, data: Any = None) -> forms.Form:
        if step == "start":
            return selection_forms.TrialForm(data, candidate=self.candidate)
        kinds: dict[str, type[forms.Form]] = {
            "score": selection_forms.ScoreForm,
            "decide": selection_forms.DecisionForm,
            "judge": selection_forms.JudgeForm,
        }
        return kinds[step](data)

    def response(self, **unfinished: forms.Form) -> TemplateResponse:
        candidate, store = self.candidate, self.candidate.store
        decisions = SelectionDecision.objects.filter(candidate=candidate)
        context = {
            **self.screen.admin_site.each_context(self.request),
            "title": candidate.name,
            "crumbs": crumbs(self.screen.opts),
            "opts": self.screen.opts,
            "candidate": candidate,
            "standing": _standing(candidate),
            "bars": self.bars,
            "criteria": len(Criterion),
            "threshold": procedure.value_of(selection.THRESHOLD.key, store=store, at=self.at),
            "decisions": decisions.select_related("decided_by", "scorecard"),
            "earlier": candidate.scores.select_related("scored_by")[:20],
            "trial": self.trial,
            "trial_tone": TRIAL_TONES[Trial.State(self.trial.state)] if self.trial else "",
            "figures": trials.figures_of(self.trial, at=self.at) if self.trial else None,
            "steps": [
                (step, unfinished.get(step) or self.form(step), *_WORDS[step])
                for step in _WORDS
                if step in self.allowed
            ],
        }
        return TemplateResponse(self.request, "catalog/candidate_page.html", context)


def _score(form: Any, candidate: SelectionCandidate, actor: Any, at: datetime) -> None:
    selection.score_candidate(candidate_id=candidate.pk, marks=form.marks, actor=actor, at=at)


def _decide(form: Any, candidate: SelectionCandidate, actor: Any, at: datetime) -> None:
    selection.decide_candidate(candidate_id=candidate.pk, actor=actor, at=at, **form.cleaned_data)


def _start(form: Any, candidate: SelectionCandidate, actor: Any, at: datetime) -> None:
    product = form.cleaned_data["product"]
    trials.start_trial(candidate_id=candidate.pk, product_id=product.pk, actor=actor, at=at)


def _judge(form: Any, candidate: SelectionCandidate, actor: Any, at: datetime) -> None:
    trials.judge_trial(trial_id=candidate.trial.pk, actor=actor, at=at, **form.cleaned_data)


Step = Callable[[Any, SelectionCandidate, Any, datetime], None]
_STEPS: dict[str, Step] = {"score": _score, "decide": _decide, "start": _start, "judge": _judge}
# Step → the heading of its form, the words on its button.
_WORDS = {
    "judge": (_("Judge the trial"), _("Judge")),
    "start": (_("Begin the trial"), _("Begin")),
    "decide": (_("Decision"), _("Take the decision")),
    "score": (_("Score"), _("Put the scores down")),
}

"""The weekly check (CAT-13): sheets of drawn listings, answered one by one, also on a phone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from catalog import profiles
from catalog.admin import pictures
from catalog.models import ListingSample, ListingSampleAnswer, ListingSampleItem, ProductPicture
from catalog.services import checking, error_rates, sampling
from catalog.services.checking import CHECK
from opsdesk import posted, wording
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, pill
from opsdesk.stores import procedure

Verdict = ListingSampleItem.Verdict
TONES = {Verdict.RIGHT: "good", Verdict.WRONG: "danger"}
# The key that a person presses for it; the order of the errors is that of the model.
KEYS = {Verdict.RIGHT.value: "1", Verdict.OFF.value: "0"} | {
    error: str(number) for number, error in enumerate(ListingSampleItem.Error.values, 2)
}
WEEKS_BEFORE = 13


class SampleFilters(ListFilters):
    store = StoreFilter()

    class Meta:
        model = ListingSample
        fields: list[str] = []


class AnswerForm(forms.Form):
    """`answer` is a verdict, or what is wrong."""

    answer = forms.ChoiceField(choices=[(key, key) for key in KEYS])
    note = forms.CharField(max_length=300, required=False)
    photo = forms.FileField(required=False)


def _share(sample: Any) -> str | SafeString:
    rate = checking.rate_of(sample)
    if rate.share is None:
        return ""
    words = f"{rate.share} %"
    return pill(words, "danger") if rate.wrong else words


def _up_to(sample: Any) -> str:
    bounds = checking.rate_of(sample).bounds
    return f"{bounds[1]} %" if bounds else ""


@admin.register(ListingSample)
class ListingSampleAdmin(ReadOnlyList):
    filters = SampleFilters
    empty_title = _("No listings have been drawn yet")
    empty_hint = _("Every week some of the live listings are drawn, by themselves.")
    columns = [
        Column(_("week"), lambda s: s.week, "od-nowrap"),
        Column(_("store"), lambda s: s.store, "od-wide"),
        Column(_("answered"), lambda s: f"{s.answered} / {s.size}", "od-num"),
        Column(_("live then"), lambda s: s.population_size, "od-num od-wide"),
        Column(_("wrong"), lambda s: s.wrong, "od-num"),
        Column(_("error rate"), _share, "od-num"),
        Column(_("at most, with 95 percent confidence"), _up_to, "od-num od-wide"),
        Column(_("all checked"), lambda s: wording.moment(s.checked_at), "od-nowrap od-wide"),
    ]
    tabs = [Tab("open", _("To answer"), lambda rows: rows.being_checked())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return checking.with_counts(super().list_rows(request)).select_related("store")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "item/<int:item_id>/answer/",
                view(require_POST(self.answer)),
                name="catalog_listingsample_answer",
            ),
            path(
                "answer/<int:answer_id>/photo/",
                view(require_safe(self.photo)),
                name="catalog_listingsample_photo",
            ),
            *super().get_urls(),
        ]

    def answer(self, request: HttpRequest, item_id: int) -> HttpResponse:
        """What the person found; the next listing that waits follows."""
        items = ListingSampleItem.objects.visible_to(request.user).select_related("sample")
        item = get_object_or_404(items, pk=item_id)
        if not self.allows(request, CHECK, item.sample):
            raise PermissionDenied
        form = AnswerForm(request.POST, request.FILES)
        if not form.is_valid():
            raise DomainError(gettext("Say that it is right, or what is wrong."))
        given = form.cleaned_data
        is_verdict = given["answer"] in Verdict.values
        checking.answer_item(
            item_id=item.pk,
            verdict=given["answer"] if is_verdict else Verdict.WRONG,
            error="" if is_verdict else given["answer"],
            note=given["note"],
            photo=given["photo"],
            actor=request.user,
            at=timezone.now(),
        )
        return redirect("admin:catalog_listingsample_change", item.sample_id)

    def photo(self, request: HttpRequest, answer_id: int) -> FileResponse:
        """As we made it anew: a picture and nothing else."""
        answers = ListingSampleAnswer.objects.visible_to(request.user).exclude(photo="")
        answer = get_object_or_404(answers.select_related("item__sample"), pk=answer_id)
        if not self.has_view_permission(request, answer.item.sample):
            raise PermissionDenied
        try:
            content = answer.photo.open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        return pictures.shown(content, f"image/{answer.photo_format}")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One listing at a time; the result of the week and its proof are tabs."""
        sample = self.get_object(request, object_id)
        tab = request.GET.get("tab", "")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Weekly check %(week)s") % {"week": sample.week},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "sample": sample,
            "answered": sample.items.exclude(verdict="").count(),
            "tab": tab if tab in ("result", "proof") else "",
        }
        if tab == "result":
            context |= _result(sample)
        elif tab == "proof":
            context["comes_out_again"] = sampling.comes_out_again(sample)
        else:
            context |= self._work(request, sample)
        return TemplateResponse(request, "catalog/sample_page.html", context)

    def _work(self, request: HttpRequest, sample: ListingSample) -> dict[str, Any]:
        """The listing asked for; else the next that waits for an answer, other people's first."""
        items = sample.items.select_related("listing__channel", "published_by")
        waiting = items.unanswered()
        chosen = posted.id_of(request.GET.get("item", ""))
        item = items.filter(pk=chosen).first() if chosen else None
        if item is None:
            for_them = waiting.exclude(published_by=request.user)
            item = for_them.first() or waiting.first()
        if item is None:
            return {"item": None}
        picture = item.facts["picture"]
        is_own = item.published_by_id == request.user.pk
        return {
            "item": item,
            "is_own": is_own,
            "may_answer": not is_own and self.allows(request, CHECK, sample),
            "picture": ProductPicture.objects.filter(
                pk=picture["id"], sha256=picture["sha256"]
            ).first()
            if picture
            else None,
            "attributes": [
                (profiles.name_of(name), value) for name, value in item.facts["attributes"].items()
            ],
            "promises": _promises(item),
            "errors": [(e.value, e.label, KEYS[e.value]) for e in ListingSampleItem.Error],
            "answers": item.answers.select_related("answered_by"),
        }


def _promises(item: ListingSampleItem) -> list[tuple[str, str]]:
    """Title and value, of numbers that the procedure still knows."""
    known = {setting.key: setting for setting in procedure.all_settings()}
    return [
        (
            str(known[promise["key"]].title),
            f"{promise['value']} {procedure.Unit(promise['unit']).label}",
        )
        for promise in item.facts["promises"]
        if promise["key"] in known
    ]


def _result(sample: ListingSample) -> dict[str, Any]:
    """The rate with what so few listings prove, the rows, and the weeks before."""
    counted = checking.with_counts(ListingSample.objects.filter(store=sample.store))
    weeks = list(counted.filter(pk__lte=sample.pk).order_by("-pk")[:WEEKS_BEFORE])
    limit = procedure.value_of(checking.LIMIT.key, store=sample.store, at=timezone.now())
    rate = checking.rate_of(weeks[0])
    return {
        "rate": rate,
        "limit": f"{limit.normalize():f}",
        "is_above": rate.is_above(limit),
        "is_shown": rate.is_shown_below(limit),
        "needed": error_rates.faultless_needed(limit, sample.population_size),
        "weeks": [(week, checking.rate_of(week)) for week in weeks],
        "rows": [
            (item, TONES.get(Verdict(item.verdict), "") if item.verdict else "")
            for item in sample.items.select_related("listing__channel")
        ],
    }

"""The staff's screens on the keyword library, and the title builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.admin.word_forms import KeywordFileForm, KeywordForm, TitleForm
from catalog.folding import fold
from catalog.models import Keyword
from catalog.services import keywords, titles
from opsdesk import keyset
from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PlainSearch, StateFilter, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, crumbs, pill
from opsdesk.stores.models import Store

SEE, CHANGE = "catalog.view_keyword", "catalog.change_keyword"


class KeywordFilters(ListFilters):
    text = django_filters.CharFilter(
        label=_("Word"), max_length=60, method="find", widget=PlainSearch()
    )
    store = StoreFilter()
    kind = StateFilter(Keyword.Kind.choices, _("Kind"))
    role = StateFilter(Keyword.Role.choices, _("Role"))
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))

    class Meta:
        model = Keyword
        fields: list[str] = []

    def find(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """However it is written."""
        return rows.filter(folded__contains=fold(value))


@admin.register(Keyword)
class KeywordAdmin(KeysetModelAdmin):
    form = KeywordForm
    filters = KeywordFilters
    sorting = keyset.Sorting("text", descending=False)
    empty_title = _("No keywords yet")
    empty_hint = _("Add the first one by hand, or bring in the platform's file.")
    fields = [
        ("store", "text"),
        ("kind", "role"),
        "category",
        ("search_volume", "competition"),
        "is_active",
    ]
    columns = [
        Column(_("word"), lambda row: row.text),
        Column(_("role"), lambda row: Keyword.Role(row.role).label),
        Column(_("kind"), lambda row: Keyword.Kind(row.kind).label, "od-wide"),
        Column(_("category"), lambda row: row.category, "od-wide"),
        Column(_("search volume"), lambda row: _figure(row.search_volume), "od-num"),
        Column(_("competition"), lambda row: _figure(row.competition), "od-num od-wide"),
        Column(_("store"), lambda row: row.store, "od-wide"),
        Column(
            _("state"), lambda row: pill(_("active"), "good") if row.is_active else pill(_("off"))
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = [("title/", _("Build a title"))]
        if self.has_change_permission(request):
            buttons.append(("import/", _("Import")))
        stores = request.user.stores_allowing(SEE)
        chosen = [pk for pk in stores if str(pk) == request.GET.get("store")]
        # A file is of one store: the one that is filtered by, or the only one.
        for pk in chosen or (stores if len(stores) == 1 else []):
            buttons.append((f"export/{pk}/", _("Export")))
        return [*buttons, *super().list_buttons(request)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("title/", view(self.title_view), name="catalog_keyword_title"),
            path("title/check/", view(self.check_view), name="catalog_keyword_check"),
            path("import/", view(self.import_view), name="catalog_keyword_import"),
            path("export/<int:store_id>/", view(self.export_view), name="catalog_keyword_export"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Words of a file: the good lines are taken, the others told with their reasons."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        form = KeywordFileForm(
            request.POST or None,
            request.FILES or None,
            stores=request.user.stores_allowing(CHANGE),
        )
        filed = None
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                filed = keywords.import_keywords(store=given["store"], upload=given["file"])
            except DomainError as error:
                form.add_error("file", error.message)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Words from a file"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "filed": filed,
            "columns": keywords.COLUMNS,
            "back": reverse("admin:catalog_keyword_changelist"),
        }
        return TemplateResponse(request, "catalog/words_file.html", context)

    def export_view(self, request: HttpRequest, store_id: int) -> HttpResponse:
        store = get_object_or_404(Store.objects.visible_to(request.user), pk=store_id)
        if not request.user.has_perm(SEE, store):
            raise PermissionDenied
        file = keywords.export_keywords(store)
        return exporting.sent(file, f"keywords-{store.code}.csv", model=Keyword, store=store)

    def title_view(self, request: HttpRequest) -> HttpResponse:
        """Titles of the library's words for one product on one channel; nothing is written."""
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        form = TitleForm(request.GET or None, stores=request.user.stores_allowing(SEE))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Build a title"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
        }
        if request.GET and form.is_valid():
            context |= _built(form.cleaned_data)
        return TemplateResponse(request, "catalog/title_builder.html", context)

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """What the channel would say to the title that is being written."""
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        form = TitleForm(request.GET, stores=request.user.stores_allowing(SEE))
        context = {"checked": _checked(form.cleaned_data) if form.is_valid() else None}
        return TemplateResponse(request, "catalog/parts/title_check.html", context)


def _figure(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _checked(given: dict[str, Any]) -> titles.Title:
    product = given["product"]
    return titles.look_at(
        given["title"],
        channel=given["channel"],
        at=timezone.now(),
        category=product.category if product else "",
    )


def _built(given: dict[str, Any]) -> dict[str, Any]:
    """The words to choose from by their role, the chosen ones, and titles made of these."""
    channel, product = given["channel"], given["product"]
    library = Keyword.objects.filter(store=channel.store_id).active()
    if product:
        library = Keyword.objects.for_product(product)
    words = keywords.by_worth(library)
    chosen = set(given["words"].values_list("pk", flat=True)) or {word.pk for word in words}
    return {
        "channel": channel,
        "groups": _by_role(words, chosen),
        "proposals": titles.propose_titles(
            [word for word in words if word.pk in chosen],
            channel=channel,
            at=timezone.now(),
            brand=product.brand if product else "",
            category=product.category if product else "",
        ),
        "checked": _checked(given),
    }


def _by_role(words: Sequence[Keyword], chosen: set[int]) -> list[dict[str, Any]]:
    return [
        {
            "title": role.label,
            "words": [(word, word.pk in chosen) for word in words if word.role == role],
        }
        for role in Keyword.Role
    ]

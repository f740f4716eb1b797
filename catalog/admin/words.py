"""The staff's screens on forbidden words, and where they show: on save, on a product's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog import tabs
from catalog.admin.word_forms import FileForm, ForbiddenWordForm, TextForm, WordListForm
from catalog.folding import fold
from catalog.models import ForbiddenWord, Product, WordList
from catalog.services import keywords, word_lists, word_watch
from catalog.services.words import hits_in, marked
from catalog.tabs import ProductTab
from opsdesk import keyset
from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.filters import ListFilters, PlainSearch, PlainSelect, StateFilter
from opsdesk.lists import Column, KeysetModelAdmin, crumbs, pill
from opsdesk.stores.auth import is_allowed_in
from opsdesk.stores.models import Platform, Store

SEE = "catalog.view_forbiddenword"


class CommonRows:
    """Rows of all stores are changed by who may change them in every store."""

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        permission = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return is_allowed_in(request.user, permission, store_of(obj))


def store_of(row: WordList | ForbiddenWord) -> Store | None:
    return row.store if isinstance(row, WordList) else row.list.store


def _platform(row: WordList) -> str | Promise:
    return Platform(row.platform).label if row.platform else _("Every platform")


@admin.register(WordList)
class WordListAdmin(CommonRows, KeysetModelAdmin):
    form = WordListForm
    sorting = keyset.Sorting("name", descending=False)
    empty_title = _("No lists yet")
    empty_hint = _("The list of the law comes along; add your own for a store or a platform.")
    change_form_outer_after_template = "catalog/word_list_after.html"
    fields = [("store", "platform"), "name", "category", "is_active"]
    columns = [
        Column(_("name"), lambda row: row.name),
        Column(_("store"), lambda row: row.store or _("Every store")),
        Column(_("platform"), _platform, "od-wide"),
        Column(_("words"), lambda row: row.forbidden, "od-num"),
        Column(_("allowed"), lambda row: row.allowed, "od-num"),
        Column(
            _("state"), lambda row: pill(_("active"), "good") if row.is_active else pill(_("off"))
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        active = Q(words__is_active=True)
        return (
            super()
            .list_rows(request)
            .select_related("store")
            .annotate(
                forbidden=Count("words", filter=active & Q(words__is_exception=False)),
                allowed=Count("words", filter=active & Q(words__is_exception=True)),
            )
        )

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        hits = f"{reverse('admin:alerts_alert_changelist')}?tab=open&clause=CAT-5"
        return [
            ("try/", _("Try a text")),
            (hits, _("Live listings with hits")),
            *super().list_buttons(request),
        ]

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[forms.ModelForm]:
        form = super().get_form(request, *args, **kwargs)
        form.user = request.user
        return form

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("try/", view(self.try_view), name="catalog_wordlist_try"),
            path("<int:object_id>/import/", view(self.import_view), name="catalog_wordlist_import"),
            path("<int:object_id>/export/", view(self.export_view), name="catalog_wordlist_export"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        word_list = self.get_object(request, object_id)
        context = {
            "word_list": word_list,
            "may_edit": word_lists.may_edit(request.user, word_list),
        }
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )

    def import_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Words of a file: the good lines are taken, the others told with their reasons."""
        word_list = self.get_object(request, str(object_id))
        if not word_lists.may_edit(request.user, word_list):
            raise PermissionDenied
        form, filed = FileForm(request.POST or None, request.FILES or None), None
        if request.method == "POST" and form.is_valid():
            try:
                filed = word_lists.import_words(
                    word_list=word_list,
                    upload=form.cleaned_data["file"],
                    actor=request.user,
                    at=timezone.now(),
                )
            except DomainError as error:
                form.add_error("file", error.message)
        back = reverse("admin:catalog_wordlist_change", args=[word_list.pk])
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Words from a file"),
            "crumbs": [*crumbs(self.opts), (str(word_list), back)],
            "opts": self.opts,
            "form": form,
            "filed": filed,
            "columns": word_lists.COLUMNS,
            "back": back,
        }
        return TemplateResponse(request, "catalog/words_file.html", context)

    def export_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        word_list = self.get_object(request, str(object_id))
        return exporting.sent(
            word_lists.export_words(word_list),
            f"words-{word_list.pk}.csv",
            model=ForbiddenWord,
            store=word_list.store,
            filters=word_list.name,
        )

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """A text with its hits where they stand; nothing of it is kept."""
        if not request.user.has_perm(SEE):
            raise PermissionDenied
        form = TextForm(request.POST or None, stores=request.user.stores_allowing(SEE))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Try a text"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "intro": gettext("Nothing of the text is kept."),
            "submit": gettext("Look for forbidden words"),
            "back": reverse("admin:catalog_wordlist_changelist"),
        }
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            text = given["text"]
            hits = hits_in(
                {"text": text},
                store=given["store"],
                platform=given["platform"],
                category=given["category"],
            ).get("text", [])
            context |= {"hits": hits, "marked": marked(text, hits), "is_tried": True}
        return TemplateResponse(request, "catalog/try_words.html", context)


class ListFilter(django_filters.ModelChoiceFilter):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=lambda request: WordList.objects.viewable_by(request.user),
            label=_("List"),
            empty_label=_("All lists"),
            widget=PlainSelect,
            **kwargs,
        )


class WordFilters(ListFilters):
    text = django_filters.CharFilter(
        label=_("Word"), max_length=60, method="find", widget=PlainSearch()
    )
    list = ListFilter()
    kind = StateFilter(ForbiddenWord.Kind.choices, _("Kind"))
    is_exception = StateFilter([("False", _("forbidden")), ("True", _("allowed"))], _("Rule"))
    is_active = StateFilter([("True", _("active")), ("False", _("off"))], _("Active"))

    class Meta:
        model = ForbiddenWord
        fields: list[str] = []

    def find(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """However it is written."""
        return rows.filter(folded__contains=fold(value))


def _rule(row: ForbiddenWord) -> Any:
    return pill(_("allowed"), "good") if row.is_exception else pill(_("forbidden"), "danger")


@admin.register(ForbiddenWord)
class ForbiddenWordAdmin(CommonRows, KeysetModelAdmin):
    form = ForbiddenWordForm
    filters = WordFilters
    empty_title = _("No words yet")
    empty_hint = _("Add the first one by hand.")
    fields = ["list", "text", "is_exception", ("kind", "suggestion"), "source", "is_active"]
    columns = [
        Column(_("word"), lambda row: row.text),
        Column(_("rule"), _rule),
        Column(_("kind"), lambda row: ForbiddenWord.Kind(row.kind).label, "od-wide"),
        Column(_("say instead"), lambda row: row.suggestion, "od-wide"),
        Column(_("source"), lambda row: row.source, "od-wide"),
        Column(_("list"), lambda row: row.list, "od-wide"),
        Column(
            _("state"), lambda row: pill(_("active"), "good") if row.is_active else pill(_("off"))
        ),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("list")

    def choices_for(self, db_field: models.Field, request: HttpRequest) -> QuerySet | None:
        """Lists of their stores; those of all stores for who works in every one."""
        lists = super().choices_for(db_field, request)
        if is_allowed_in(request.user, word_lists.CHANGE, None):
            return lists | WordList.objects.filter(store=None)
        return lists

    def get_readonly_fields(
        self, request: HttpRequest, obj: ForbiddenWord | None = None
    ) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "list"] if obj else fields

    def save_model(
        self, request: HttpRequest, obj: ForbiddenWord, form: forms.Form, change: bool
    ) -> None:
        if not change:
            obj.added_by = request.user
        super().save_model(request, obj, form, change)


def warn_of_hits(
    request: HttpRequest,
    texts: Mapping[str, str],
    *,
    store: Store,
    platform: str = "",
    category: str = "",
) -> None:
    """On save: a message per text with hits, with them marked where they stand (CAT-5)."""
    hits = hits_in(texts, store=store, platform=platform, category=category)
    for field, text in word_watch.shown(texts, hits):
        messages.warning(
            request,
            format_html(gettext("Forbidden words in {field}: {text}"), field=field, text=text),
        )


def _on_product_page(request: HttpRequest, product: Product) -> dict[str, Any]:
    """The texts of each listing with their hits, and how it covers the library."""
    listings = list(product.listings.select_related("channel").order_by("pk"))
    covered = {each.listing.pk: each for each in keywords.coverage_of(product, listings)}
    found = word_watch.hits_of(listings)
    return {
        "name": marked(
            product.name,
            hits_in({"name": product.name}, store=product.store, category=product.category).get(
                "name", []
            ),
        ),
        "listings": [
            {
                "listing": listing,
                "hits": len(found[listing.pk]),
                "texts": _texts_of(listing, found[listing.pk]),
                "coverage": covered[listing.pk],
            }
            for listing in listings
        ],
        "may_build": request.user.has_perm("catalog.view_keyword", product),
    }


def _texts_of(listing: Any, found: list[word_watch.TextHit]) -> list[tuple[str, Any]]:
    return [
        (
            word_watch.name_of_field(field),
            marked(text, [each.hit for each in found if each.field == field]),
        )
        for field, text in word_watch.texts_of(listing).items()
    ]


tabs.register(ProductTab("words", _("Words"), "catalog/tabs/words.html", _on_product_page, SEE, 20))

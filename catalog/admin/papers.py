"""Qualifications with their scans, and what customer service is told of products."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from catalog import files
from catalog.listing_forms import KnowledgeForm, QualificationForm
from catalog.models import (
    KnowledgeEntry,
    Qualification,
    QualificationKind,
    RequiredQualification,
)
from opsdesk import command, keyset
from opsdesk.admin import ScopedModelAdmin
from opsdesk.filters import ListFilters, PrefixFilter, StateFilter, StoreFilter
from opsdesk.lists import Column, KeysetModelAdmin, pill
from opsdesk.storage import needing_room


class QualificationFilters(ListFilters):
    number = PrefixFilter(label=_("Number"))
    kind = StateFilter(QualificationKind.choices, _("Kind"))
    store = StoreFilter()

    class Meta:
        model = Qualification
        fields: list[str] = []


def _standing(paper: Qualification) -> Any:
    day = paper.store.business_date(timezone.now())
    if paper.valid_until < day:
        return pill(_("run out"), "danger")
    if paper.valid_from > day:
        return pill(_("not yet valid"), "warning")
    return pill(_("valid"), "good")


@admin.register(Qualification)
class QualificationAdmin(KeysetModelAdmin):
    """Papers are entered and corrected; an old one stays, since listings stood on it (CAT-14)."""

    form = QualificationForm
    filters = QualificationFilters
    sorting = keyset.Sorting("valid_until", descending=False)
    empty_title = _("No qualifications yet")
    empty_hint = _("Enter those that your goods need; you are warned before they run out.")
    fields = [
        "store",
        ("product", "category"),
        ("kind", "number"),
        ("valid_from", "valid_until"),
        "upload",
    ]
    autocomplete_fields = ["product"]
    columns = [
        Column(_("number"), lambda row: row.number, "od-mono"),
        Column(_("kind"), lambda row: row.get_kind_display()),
        Column(_("goods"), lambda row: row.product or row.category),
        Column(_("valid until"), lambda row: row.valid_until.isoformat(), "od-nowrap"),
        Column(_("state"), _standing),
        Column(_("store"), lambda row: row.store, "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "product")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        buttons = super().list_buttons(request)
        if request.user.has_perm("catalog.view_requiredqualification"):
            needed = reverse("admin:catalog_requiredqualification_changelist")
            buttons.append((needed, _("Needed kinds")))
        return buttons

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.scan)
        own = path("<int:object_id>/scan/", view, name="catalog_qualification_scan")
        return [own, *super().get_urls()]

    def scan(self, request: HttpRequest, object_id: int) -> FileResponse:
        paper = self.get_object(request, str(object_id))
        return files.sent(paper, "scan", paper.scan_name)

    def save_model(
        self, request: HttpRequest, obj: Qualification, form: QualificationForm, change: bool
    ) -> None:
        paper = form.cleaned_data["upload"]
        if paper is not None:
            obj.scan, obj.scan_name = paper, paper.name
        if not change:
            obj.created_by = request.user
        with needing_room():
            super().save_model(request, obj, form, change)


@admin.register(RequiredQualification)
class RequiredQualificationAdmin(ScopedModelAdmin):
    can_delete_rows = True
    list_display = ["category", "kind", "store"]
    list_select_related = ["store"]
    fields = ["store", ("category", "kind")]


class KnowledgeFilters(ListFilters):
    kind = StateFilter(KnowledgeEntry.Kind.choices, _("Kind"))
    product = PrefixFilter(label=_("Product code"), field_name="code", through="product")
    store = StoreFilter()

    class Meta:
        model = KnowledgeEntry
        fields: list[str] = []


@admin.register(KnowledgeEntry)
class KnowledgeAdmin(KeysetModelAdmin):
    """Answers that customer service gives word for word (CAT-15)."""

    form = KnowledgeForm
    filters = KnowledgeFilters
    sorting = keyset.Sorting("pk")
    can_delete_rows = True
    empty_title = _("No knowledge yet")
    empty_hint = _("Write down what buyers ask; Ctrl K finds it by any word of the question.")
    fields = ["store", "product", ("kind", "place"), "title", "text", "url", "upload"]
    autocomplete_fields = ["product"]
    columns = [
        Column(_("question or title"), lambda row: row.title, "od-name"),
        Column(_("kind"), lambda row: row.get_kind_display()),
        Column(_("product"), lambda row: row.product, "od-wide"),
        Column(_("store"), lambda row: row.store, "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "product")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file)
        own = path("<int:object_id>/file/", view, name="catalog_knowledgeentry_file")
        return [own, *super().get_urls()]

    def file(self, request: HttpRequest, object_id: int) -> FileResponse:
        entry = self.get_object(request, str(object_id))
        return files.sent(entry, "file", entry.file_name)

    def save_model(
        self, request: HttpRequest, obj: KnowledgeEntry, form: KnowledgeForm, change: bool
    ) -> None:
        paper = form.cleaned_data["upload"]
        if paper is not None:
            obj.file, obj.file_name = paper, paper.name
        obj.updated_by, obj.updated_at = request.user, timezone.now()
        with needing_room():
            super().save_model(request, obj, form, change)


def find_knowledge(request: HttpRequest, words: str) -> list[SearchResult]:
    """By any part of the question: nobody knows how it begins."""
    rows = KnowledgeEntry.objects.viewable_by(request.user).filter(title__icontains=words)
    return [
        SearchResult(
            title=entry.title,
            description=gettext("%(kind)s · %(product)s · %(store)s")
            % {
                "kind": entry.get_kind_display(),
                "product": entry.product,
                "store": entry.store,
            },
            link=reverse("admin:catalog_product_change", args=[entry.product_id])
            + "?tab=knowledge",
            icon="help",
        )
        for entry in rows.select_related("product", "store")[: command.EACH]
    ]


command.register("catalog.view_knowledgeentry", find_knowledge)

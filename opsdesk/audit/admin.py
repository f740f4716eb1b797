"""The audit trail: who changed what, when, by what way and why. Nobody edits it."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import exports, navigation, wording
from opsdesk.audit import exporting, reading
from opsdesk.audit.models import EVERYBODYS, AuditEntry
from opsdesk.desk.rows import page_of
from opsdesk.errors import DomainError
from opsdesk.filters import DaysFilter, ListFilters, PlainSelect, StateFilter, StoreFilter
from opsdesk.lists import Column, ReadOnlyList, crumbs, state_pill
from opsdesk.navigation import Screen
from opsdesk.stores.models import User

MOST_EXPORTED = 100_000
TONES = {
    "deleted": "danger",
    "revealed": "warning",
    "exported": "warning",
    "created": "good",
    "refused": "danger",
}
HEADER = [
    "at",
    "store",
    "person",
    "roles",
    "way",
    "what",
    "kind",
    "subject",
    "id",
    "before",
    "after",
    "reason",
    "cause",
    "address",
    "database user",
]


def _people(request: HttpRequest | None) -> QuerySet:
    if request is None:
        return User.objects.none()
    return User.objects.visible_to(request.user).order_by("username")


class AuditFilters(ListFilters):
    store = StoreFilter()
    person = django_filters.ModelChoiceFilter(
        field_name="actor",
        queryset=_people,
        label=_("Person"),
        empty_label=_("Anybody"),
        widget=PlainSelect,
    )
    model = StateFilter(reading.known_kinds, _("Kind"))
    verb = StateFilter(AuditEntry.Verb.choices, _("What"))
    via = StateFilter(AuditEntry.Via.choices, _("Way"))
    days = DaysFilter(label=_("Days"), field_name="at")

    class Meta:
        model = AuditEntry
        fields: list[str] = []


def _verb(entry: AuditEntry) -> Any:
    return state_pill(AuditEntry.Verb, entry.verb, TONES.get(entry.verb, ""))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyList):
    filters = AuditFilters
    empty_title = _("Nothing is recorded yet")
    empty_hint = _("Changes of prices, amounts, roles and settings appear here by themselves.")
    columns = [
        Column(_("at"), lambda e: wording.moment(e.at), "od-nowrap"),
        Column(_("by"), reading.who, "od-nowrap"),
        Column(_("what"), _verb),
        Column(_("kind"), reading.kind_name, "od-wide"),
        Column(_("subject"), lambda e: e.subject_label, "od-mono"),
        Column(_("change"), reading.summary, "od-wide"),
        Column(_("store"), lambda e: e.store or "", "od-wide"),
        Column(_("way"), lambda e: e.get_via_display(), "od-wide od-nowrap"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("store", "actor")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm(EVERYBODYS):
            return []
        address = reverse("admin:audit_auditentry_export")
        return [(f"{address}?{request.GET.urlencode()}", _("Export"))]

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="audit_auditentry_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        """What the filters leave, as CSV; the export is an entry itself."""
        if not request.user.has_perm(EVERYBODYS):
            raise PermissionDenied
        filters, rows = self.filtered(request)
        if not filters.is_valid():
            raise DomainError(
                gettext("Some filters can't be understood; see the words beside them.")
            )
        entries = rows.order_by("-pk")[: MOST_EXPORTED + 1].iterator(chunk_size=2_000)
        file = exports.csv_file(HEADER, map(_cells, entries))
        if file.rows > MOST_EXPORTED:
            file.content.close()
            raise DomainError(
                gettext("More than %(most)s entries: choose a store or fewer days.")
                % {"most": MOST_EXPORTED}
            )
        return exporting.sent(file, "audit.csv", model=AuditEntry, filters=request.GET.urlencode())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        entry = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{reading.kind_name(entry)} {entry.subject_label}",
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "entry": entry,
            "kind": reading.kind_name(entry),
            "who": reading.who(entry),
            "roles": reading.role_names(entry),
            "changes": reading.changes(entry),
            "tone": TONES.get(entry.verb, ""),
            "link": _subject_link(request, entry),
        }
        return TemplateResponse(request, "audit/entry_page.html", context)


def _cells(entry: AuditEntry) -> list[Any]:
    return [
        entry.at,
        entry.store and entry.store.code,
        entry.actor and entry.actor.username,
        " ".join(entry.roles),
        entry.via,
        entry.verb,
        entry.model,
        entry.subject_label,
        entry.subject_id,
        exports.json_text(entry.before),
        exports.json_text(entry.after),
        entry.reason,
        entry.cause,
        entry.address,
        entry.database_user,
    ]


def _subject_link(request: HttpRequest, entry: AuditEntry) -> str | None:
    named = reading.subject_page_model(entry)
    if named is None or entry.store_id is None:
        return None
    return page_of(request, *named, entry.subject_id, entry.store_id)


navigation.register(
    "setup",
    Screen(
        _("Audit trail"), "history", "admin:audit_auditentry_changelist", "audit.view_auditentry"
    ),
)

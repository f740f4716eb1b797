"""What a list gains whose selections can be kept and exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from opsdesk import posted
from opsdesk.lists import Column, KeysetModelAdmin
from opsdesk.people import stores_of
from opsdesk.selections import services
from opsdesk.selections.models import ListExport, SavedView
from opsdesk.selections.rights import EXPORT, SHARE
from opsdesk.stores.roles import Role


class KeptSelections(KeysetModelAdmin):
    """Mixed into a list: views under a name above it, and its rows as a file.

    `export_columns` give values of their own types: numbers stay numbers in the file.
    """

    export_columns: Sequence[Column] = ()

    def export_rows(self, request: HttpRequest) -> QuerySet:
        """The rows of the selection in stores where the person may export."""
        _filters, rows = self.filtered(request)
        return rows.in_stores(request.user.stores_allowing(EXPORT))

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("views/", view(require_POST(self.save_view)), name=f"{name}_save_view"),
            path(
                "views/<int:view_id>/drop/",
                view(require_POST(self.drop_view)),
                name=f"{name}_drop_view",
            ),
            path("export/", view(require_POST(self.ask_for_export)), name=f"{name}_export"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        selection = self.selection_of(request)
        saved = SavedView.objects.visible_to(request.user).filter(screen=self.opts.label_lower)
        may_share = request.user.has_perm(SHARE)
        context = {
            "views": [
                (view, view.query == selection, view.owner_id == request.user.pk)
                for view in saved.select_related("store")
            ],
            "selection": selection,
            "may_export": request.user.has_perm(EXPORT),
            "formats": ListExport.Format.choices,
            "roles": Role.choices if may_share else [],
            "sharing_stores": [
                store for store in stores_of(request) if request.user.has_perm(SHARE, store)
            ]
            if may_share
            else [],
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def selection_of(self, request: HttpRequest) -> str:
        """Tab and filters in use as a query, always written the same way.

        What a hidden field holds is about one person (a phone's digest), and no view's business.
        """
        shown = {"tab"}
        for name, one in self.filters.base_filters.items() if self.filters else ():
            widget = one.extra.get("widget")
            if not isinstance(widget, HiddenInput):
                edges = getattr(widget, "suffixes", None)
                shown |= {f"{name}_{edge}" for edge in edges} if edges else {name}
        kept = QueryDict(mutable=True)
        for name in sorted(shown & request.GET.keys()):
            if request.GET[name]:
                kept[name] = request.GET[name]
        return kept.urlencode()

    def save_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        roles = [role for role in Role.values if role in request.POST.getlist("roles")]
        named = posted.id_of(request.POST.get("store", ""))
        store = next((one for one in stores_of(request) if one.pk == named), None)
        view = services.save_view(
            owner=request.user,
            screen=self.opts.label_lower,
            name=posted.text_of(request, "name", most=60),
            query=self.selection_of(request),
            store=store,
            roles=roles,
            at=timezone.now(),
        )
        self.message_user(request, _("The view “%(name)s” is kept.") % {"name": view.name})
        return redirect(f"{self._list()}?{view.query}")

    def drop_view(self, request: HttpRequest, view_id: int) -> HttpResponse:
        """Only its owner's to drop, and a superuser's."""
        rows = SavedView.objects.visible_to(request.user).filter(screen=self.opts.label_lower)
        if not request.user.is_superuser:
            rows = rows.filter(owner=request.user)
        if not rows.filter(pk=view_id).delete()[0]:
            raise Http404
        self.message_user(request, _("The view is dropped."))
        return redirect(self._list())

    def ask_for_export(self, request: HttpRequest) -> HttpResponse:
        """The selection as a file: asked for here, followed on a page of its own."""
        if not self.has_view_permission(request) or not request.user.has_perm(EXPORT):
            raise PermissionDenied
        chosen = request.POST.get("format", "")
        export = services.ask_for_export(
            screen=self.opts.label_lower,
            query=self.selection_of(request),
            format=chosen if chosen in ListExport.Format.values else ListExport.Format.XLSX,
            actor=request.user,
            at=timezone.now(),
        )
        return redirect(reverse("admin:selections_listexport_change", args=[export.pk]))

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

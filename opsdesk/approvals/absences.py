"""The page on which people say that they will be away, and who decides for them meanwhile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from opsdesk.approvals.services import standing_in
from opsdesk.audit import reading
from opsdesk.errors import DomainError
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, moment_in
from opsdesk.stores.models import Store, User

ADD = "approvals.add_delegation"


class AbsenceForm(forms.Form):
    """Where, from when until when, and who decides meanwhile."""

    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none())
    stand_in = forms.ModelChoiceField(label=_("Stand-in"), queryset=User.objects.none())
    starts_at = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.active().filter(pk__in=user.stores_allowing(ADD))
        colleagues = User.objects.filter(is_active=True, memberships__store__in=stores)
        self.fields["store"].queryset = stores
        self.fields["stand_in"].queryset = (
            colleagues.exclude(pk=user.pk).distinct().order_by("username")
        )
        if len(stores) == 1:
            self.fields["store"].initial = stores[0]


class AbsencesAdmin(ReadOnlyList):
    """Who is away, and who decides for them. Everybody of a store sees its absences."""

    empty_title = _("Nobody is away")
    empty_hint = _("Say when you will be away, and who decides for you meanwhile.")
    columns = [
        Column(_("who is away"), lambda d: d.absent),
        Column(_("who stands in"), lambda d: d.stand_in),
        Column(_("store"), lambda d: d.store, "od-wide"),
        Column(
            pgettext_lazy("a moment", "from"),
            lambda d: moment_in(d.starts_at, d.store),
            "od-nowrap od-wide",
        ),
        Column(_("until"), lambda d: moment_in(d.ends_at, d.store), "od-nowrap"),
    ]
    tabs = [
        Tab("now", _("Away now"), lambda rows: rows.at(timezone.now())),
        Tab("later", _("Later"), lambda rows: rows.filter(starts_at__gt=timezone.now())),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("absent", "stand_in", "store")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        if not request.user.has_perm(ADD):
            return []
        return [(reverse("admin:approvals_delegation_away"), _("I will be away"))]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("away/", view(self.away), name="approvals_delegation_away"),
            path(
                "<int:object_id>/back/",
                view(require_POST(self.back)),
                name="approvals_delegation_back",
            ),
            *super().get_urls(),
        ]

    def away(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        form = AbsenceForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid() and self._save(request, form):
            messages.success(request, gettext("Your stand-in may decide for you in that time."))
            return redirect(reverse("admin:approvals_delegation_changelist"))
        return self.form_page(
            request,
            form,
            gettext("I will be away"),
            submit=gettext("Save"),
            intro=gettext(
                "Your stand-in decides on requests in your place, but never on their own or on "
                "yours. Both names stay on record."
            ),
        )

    def _save(self, request: HttpRequest, form: AbsenceForm) -> bool:
        """False: refused, and the form says why."""
        try:
            standing_in.delegate(absent=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
            return False
        return True

    def back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Whoever was away is back earlier."""
        absence = self.get_object(request, str(object_id))
        ended = standing_in.end_absence(
            delegation_id=absence.pk, actor=request.user, at=timezone.now()
        )
        if ended:
            messages.success(request, gettext("You decide for yourself again."))
        else:
            messages.warning(request, gettext("This absence was over already."))
        return redirect(reverse("admin:approvals_delegation_changelist"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        absence = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Absence"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "absence": absence,
            "history": reading.history_of(absence, request.user),
            "may_end": absence.absent_id == request.user.pk and absence.ends_at > timezone.now(),
        }
        return TemplateResponse(request, "approvals/absence.html", context)

"""Stock-takes (盘点): a page to count on, made for a scanner and a phone, and their result."""

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
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from catalog.admin.stock import WarehouseFilter
from catalog.models import CountEntry, CountSession
from catalog.moving_forms import CountForm, OpenCountForm
from catalog.services import counting, posting
from catalog.services.adjusting import ADJUST
from catalog.services.counting import COUNT
from opsdesk import posted, wording
from opsdesk.approvals.models import Approval
from opsdesk.filters import ListFilters
from opsdesk.lists import Column, ReadOnlyList, Tab, crumbs, state_pill

State = CountSession.State
TONES = {State.OPEN: "info", State.POSTED: "good", State.ABANDONED: ""}
SHOWN = 200


class CountFilters(ListFilters):
    warehouse = WarehouseFilter()

    class Meta:
        model = CountSession
        fields: list[str] = []


@admin.register(CountSession)
class CountSessionAdmin(ReadOnlyList):
    filters = CountFilters
    empty_title = _("No stock-takes yet")
    empty_hint = _("Open one for a warehouse, or for some of its SKUs.")
    columns = [
        Column(_("name"), lambda c: c.name),
        Column(_("warehouse"), lambda c: c.warehouse),
        Column(_("opened"), lambda c: wording.moment(c.opened_at), "od-nowrap od-wide"),
        Column(_("by"), lambda c: c.opened_by or "", "od-wide"),
        Column(_("closed"), lambda c: wording.moment(c.closed_at), "od-nowrap od-wide"),
        Column(_("state"), lambda c: state_pill(State, c.state, TONES[c.state])),
    ]
    tabs = [Tab("open", _("Being counted"), lambda rows: rows.open())]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).select_related("warehouse", "opened_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        may = request.user.has_perm(COUNT)
        return [(reverse("admin:catalog_countsession_open"), _("New stock-take"))] if may else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("open/", view(self.open), name="catalog_countsession_open"),
            path(
                "<int:object_id>/count/",
                view(require_POST(self.count)),
                name="catalog_countsession_count",
            ),
            path(
                "<int:object_id>/end/",
                view(require_POST(self.end)),
                name="catalog_countsession_end",
            ),
            *super().get_urls(),
        ]

    def open(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(COUNT):
            raise PermissionDenied
        form = OpenCountForm(request.POST or None, user=request.user)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            session = counting.open_count(
                warehouse_id=given["warehouse"].pk,
                name=given["name"],
                prefix=given["prefix"],
                codes=given["codes"],
                actor=request.user,
                at=timezone.now(),
            )
            return redirect(_page_of(session))
        return self.form_page(
            request,
            form,
            gettext("New stock-take"),
            submit=gettext("Begin"),
            intro=gettext("Goods may go on moving: each count is compared with its own moment."),
        )

    def count(self, request: HttpRequest, object_id: int) -> HttpResponse:
        session = self.get_object(request, str(object_id))
        if not self.allows(request, COUNT, session.warehouse):
            raise PermissionDenied
        form = CountForm(request.POST)
        if not form.is_valid():
            return self._page(request, session, form)
        counting.record_count(
            session_id=session.pk,
            sku_code=form.cleaned_data["sku_code"],
            quantity=form.cleaned_data["quantity"],
            actor=request.user,
            at=timezone.now(),
        )
        return redirect(_page_of(session))

    def end(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Posted, abandoned, or lines of it counted again."""
        session = self.get_object(request, str(object_id))
        do = request.POST.get("do", "")
        if not self.allows(request, ADJUST if do == "post" else COUNT, session.warehouse):
            raise PermissionDenied
        now = timezone.now()
        if do == "post":
            done = posting.post_count(session_id=session.pk, actor=request.user, at=now)
            if isinstance(done, Approval):
                messages.success(request, gettext("The result is filed; finance decides on it."))
                return redirect(reverse("admin:approvals_approval_change", args=[done.pk]))
            messages.success(request, gettext("The stock-take is posted."))
        elif do == "abandon":
            counting.abandon_count(session_id=session.pk, actor=request.user, at=now)
            messages.success(request, gettext("The stock-take is abandoned; nothing is corrected."))
        elif do == "recount":
            ids = posted.ids_of(request.POST.getlist("ids"))
            counting.want_recount(session_id=session.pk, line_ids=ids, actor=request.user)
        else:
            raise Http404
        return redirect(_page_of(session))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._page(request, self.get_object(request, object_id), CountForm())

    def _page(self, request: HttpRequest, session: CountSession, form: CountForm) -> HttpResponse:
        """Who counts sees what is left to count, not what is on record; the result is a tab."""
        is_open = session.state == State.OPEN
        may_count = is_open and self.allows(request, COUNT, session.warehouse)
        shows_result = request.GET.get("tab") == "result"
        context = {
            **self.admin_site.each_context(request),
            "title": session.name,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "session": session,
            "tone": TONES[State(session.state)],
            "form": form if may_count else None,
            "may_count": may_count,
            "may_post": is_open and self.allows(request, ADJUST, session.warehouse),
            "shows_result": shows_result,
            "total": session.lines.count(),
            "counted": session.lines.counted().count(),
            **(_result(session) if shows_result else _work(session)),
        }
        return TemplateResponse(request, "catalog/count_page.html", context)


def _page_of(session: CountSession) -> str:
    return reverse("admin:catalog_countsession_change", args=[session.pk])


def _work(session: CountSession) -> dict[str, Any]:
    lines = session.lines.select_related("sku")
    waiting = lines.filter(counted=None) | lines.filter(wants_recount=True)
    entries = CountEntry.objects.filter(line__session=session).select_related("line__sku", "actor")
    return {"waiting": waiting.order_by("sku__code")[:SHOWN], "entries": entries[:20]}


def _result(session: CountSession) -> dict[str, Any]:
    variance = posting.variance_of(session)
    return {
        "variance": variance,
        "varying": variance.lines[:SHOWN],
        "request_waiting": posting.request_of(session),
    }

"""The day's sheet: what checks saw, what people answer, also on a phone, and the signature."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from opsdesk import exports, navigation, posted
from opsdesk.audit import exporting
from opsdesk.errors import DomainError
from opsdesk.filters import DateSpanFilter, ListFilters, StoreFilter
from opsdesk.inspection import history, sheet_page, sheet_pdf
from opsdesk.inspection.models import AnswerPhoto, InspectionSheet, ManualAnswer, ManualItem
from opsdesk.inspection.services.answering import answer_item, may_answer
from opsdesk.inspection.services.signing import SIGN, sign_inspection
from opsdesk.lists import Column, ReadOnlyList, crumbs, moment_in, pill
from opsdesk.navigation import Screen
from opsdesk.people import stores_of
from opsdesk.stores.models import Store

VIEW = "inspection.view_inspectionsheet"


class SheetFilters(ListFilters):
    store = StoreFilter()
    business_date = DateSpanFilter(label=_("Business day"))

    class Meta:
        model = InspectionSheet
        fields: list[str] = []


class AnswerForm(forms.Form):
    day = forms.DateField()
    verdict = forms.ChoiceField(choices=ManualAnswer.Verdict.choices)
    note = forms.CharField(max_length=500, required=False)


class SignForm(forms.Form):
    day = forms.DateField()
    note = forms.CharField(max_length=500, required=False)


def day_address(store: Store, day: date) -> str:
    return f"{reverse('admin:inspection_day')}?store={store.pk}&day={day.isoformat()}"


@admin.register(InspectionSheet)
class InspectionSheetAdmin(ReadOnlyList):
    filters = SheetFilters
    empty_title = _("No day has been signed yet")
    empty_hint = _("The operations lead signs the day's sheet once all of it was looked at.")
    columns = [
        Column(_("business day"), lambda s: s.business_date.isoformat(), "od-nowrap"),
        Column(_("store"), lambda s: s.store),
        Column(_("signed by"), lambda s: s.signed_by),
        Column(_("signed"), lambda s: moment_in(s.signed_at, s.store), "od-nowrap"),
        Column("", lambda s: pill(gettext("late"), "warning") if s.is_late else ""),
        Column("SHA-256", lambda s: s.sha256[:12], "od-mono od-wide"),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("store", "signed_by")

    def list_rows(self, request: HttpRequest) -> QuerySet:
        # A busy day's content is hundreds of kilobytes.
        return super().list_rows(request).defer("content")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [
            (reverse("admin:inspection_day"), _("The day's sheet")),
            (reverse("admin:inspection_calendar"), _("Calendar")),
        ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        row = "<int:object_id>/"
        return [
            path("day/", view(self.day), name="inspection_day"),
            path("calendar/", view(self.calendar), name="inspection_calendar"),
            path("sign/<int:store_id>/", view(require_POST(self.sign)), name="inspection_sign"),
            path("item/<int:item_id>/", view(require_POST(self.answer)), name="inspection_answer"),
            path("photo/<int:photo_id>/", view(require_safe(self.photo)), name="inspection_photo"),
            path(f"{row}pdf/", view(require_safe(self.pdf)), name="inspection_sheet_pdf"),
            path(f"{row}print/", view(require_safe(self.printed)), name="inspection_sheet_print"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        sheet: Any = self.get_object(request, object_id)
        context = self._signed(request, sheet)
        return TemplateResponse(request, "inspection/sheet_page.html", context)

    def printed(self, request: HttpRequest, object_id: int) -> HttpResponse:
        sheet: Any = self.get_object(request, str(object_id))
        context = self._signed(request, sheet) | {"zone": sheet.store.zone}
        return TemplateResponse(request, "inspection/sheet_print.html", context)

    def pdf(self, request: HttpRequest, object_id: int) -> FileResponse:
        sheet: Any = self.get_object(request, str(object_id))
        content = sheet_pdf.document(sheet, get_language() or "en")
        return exporting.sent(
            exports.whole(content),
            sheet_pdf.name_of(sheet),
            model=InspectionSheet,
            store=sheet.store,
            subject_id=sheet.pk,
        )

    def day(self, request: HttpRequest) -> HttpResponse:
        """The day as it stands; of a signed one the sheet that was signed."""
        store = _store(request)
        at = timezone.now()
        today = store.business_date(at)
        day = min(_day(request.GET.get("day", "")) or today, today)
        signed = InspectionSheet.objects.filter(store=store, business_date=day).first()
        context = {
            **self._context(request, store, day, today),
            "signed": signed,
            **sheet_page.of_day(request, store, day, at=at),
            "may_sign": request.user.has_perm(SIGN, store),
        }
        return TemplateResponse(request, "inspection/day_page.html", context)

    def calendar(self, request: HttpRequest) -> HttpResponse:
        store = _store(request)
        today = store.business_date(timezone.now())
        context = {
            **self._context(request, store, today, today),
            "title": gettext("Inspections of the last %(days)s days") % {"days": history.DAYS},
            "calendar": history.of_store(store, today),
            "chart": history.charts_of(store, today, request.GET.get("check", "")),
        }
        return TemplateResponse(request, "inspection/calendar.html", context)

    def answer(self, request: HttpRequest, item_id: int) -> HttpResponse:
        """What a person saw; the page goes on with the item after it."""
        items = ManualItem.objects.visible_to(request.user).select_related("store")
        item = get_object_or_404(items, pk=item_id)
        if not may_answer(item, request.user):
            raise PermissionDenied
        form = AnswerForm(request.POST)
        if not form.is_valid():
            raise DomainError(gettext("Say whether it is in order."))
        answer_item(
            item_id=item.pk,
            **form.cleaned_data,
            photos=request.FILES.getlist("photos"),
            actor=request.user,
            at=timezone.now(),
        )
        messages.success(request, gettext("Answered."))
        return redirect(f"{day_address(item.store, form.cleaned_data['day'])}#item-{item.pk}")

    def sign(self, request: HttpRequest, store_id: int) -> HttpResponse:
        store = get_object_or_404(Store.objects.visible_to(request.user), pk=store_id)
        if not request.user.has_perm(SIGN, store):
            raise PermissionDenied
        form = SignForm(request.POST)
        if not form.is_valid():
            raise DomainError(gettext("Say which day is signed."))
        sheet = sign_inspection(
            store=store, **form.cleaned_data, actor=request.user, at=timezone.now()
        )
        messages.success(request, gettext("The day is signed."))
        return redirect("admin:inspection_inspectionsheet_change", sheet.pk)

    def photo(self, request: HttpRequest, photo_id: int) -> FileResponse:
        """As we made it anew: a picture and nothing else."""
        photos = AnswerPhoto.objects.visible_to(request.user).select_related("answer__item")
        photo = get_object_or_404(photos, pk=photo_id)
        if not request.user.has_perm("inspection.view_manualanswer", photo.answer.item):
            raise PermissionDenied
        is_small = request.GET.get("size") == "small"
        try:
            content = (photo.small if is_small else photo.file).open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        return exports.picture(content, "image/webp" if is_small else f"image/{photo.format}")

    def _signed(self, request: HttpRequest, sheet: InspectionSheet) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": gettext("Inspection of %(store)s on %(day)s")
            % {"store": sheet.store, "day": sheet.business_date.isoformat()},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "sheet": sheet,
            **sheet_page.of_sheet(sheet),
        }

    def _context(
        self, request: HttpRequest, store: Store, day: date, today: date
    ) -> dict[str, Any]:
        if not request.user.has_perm(VIEW, store):
            raise PermissionDenied
        return {
            **self.admin_site.each_context(request),
            "title": gettext("Inspection of %(store)s on %(day)s")
            % {"store": store, "day": day.isoformat()},
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "store": store,
            "stores": stores_of(request),
            "day": day,
            "today": today,
        }


def _store(request: HttpRequest) -> Store:
    """The one that is asked for; else the first of the person's. Another's is not there."""
    stores = stores_of(request)
    asked = request.GET.get("store", "")
    if not asked:
        if not stores:
            raise Http404
        return stores[0]
    chosen = next((store for store in stores if store.pk == posted.id_of(asked)), None)
    if chosen is None:
        raise Http404
    return chosen


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


navigation.register(
    "desk",
    Screen(_("The day's sheet"), "checklist", "admin:inspection_day", VIEW, rank=11),
    Screen(
        _("Signed sheets"),
        "history_edu",
        "admin:inspection_inspectionsheet_changelist",
        VIEW,
        rank=13,
    ),
)

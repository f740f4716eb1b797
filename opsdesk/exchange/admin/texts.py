"""The words of messages: what is in force, how it reads with examples, and wording it anew."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
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

from opsdesk import navigation
from opsdesk import wording as words
from opsdesk.errors import DomainError
from opsdesk.exchange import texts
from opsdesk.exchange.models import MessageTemplate
from opsdesk.exchange.services import texts as services
from opsdesk.exchange.texts import Wording
from opsdesk.lists import Column, ReadOnlyList, crumbs
from opsdesk.navigation import Screen
from opsdesk.stores.models import Store, User

LANGUAGES = dict(settings.LANGUAGES)


class ScopeForm(forms.Form):
    """Which text is to be worded."""

    code = forms.ChoiceField(
        label=_("message"),
        choices=lambda: [(kind.code, str(kind.title)) for kind in texts.all_kinds()],
    )
    store = forms.ModelChoiceField(label=_("store"), queryset=Store.objects.none(), required=False)
    language = forms.ChoiceField(label=_("language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: forms.ModelChoiceField = self.fields["store"]
        field.queryset = Store.objects.active().filter(pk__in=user.stores_allowing(services.WRITE))
        if services.may_write(user, None):
            field.empty_label = gettext("Every store")
        else:
            field.required, field.empty_label = True, None


class WordingForm(forms.Form):
    """What is said, and which version the writer has seen."""

    replaces = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    subject = forms.CharField(label=_("subject line"), max_length=200, required=False)
    body = forms.CharField(
        label=_("text"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Empty: back to the wider wording."),
    )


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyList):
    """The list shows the newest version of every text that was ever worded anew."""

    empty_title = _("Every message says what it says by default")
    empty_hint = _("Word one anew for a store, or for all of them.")
    columns = [
        Column(_("message"), lambda row: texts.title_of(row.code)),
        Column(_("store"), lambda t: t.store or _("Every store")),
        Column(_("language"), lambda t: LANGUAGES.get(t.language, t.language)),
        Column(_("subject line"), lambda t: t.subject, "od-wide"),
        Column(_("version"), lambda t: t.version, "od-num"),
        Column(_("written"), lambda t: words.moment(t.written_at), "od-nowrap od-wide"),
        Column(_("by"), lambda t: t.written_by or "–", "od-wide"),
    ]

    def list_rows(self, request: HttpRequest) -> QuerySet:
        return super().list_rows(request).newest().select_related("store", "written_by")

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        return [("word/", _("Word a message"))] if self.allows(request, services.WRITE) else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("word/", view(self.choose_view), name="exchange_messagetemplate_choose"),
            *super().get_urls(),
        ]

    def choose_view(self, request: HttpRequest) -> HttpResponse:
        """Which message in which store and language; then its words, as long as they are shown."""
        if not self.allows(request, services.WRITE):
            raise PermissionDenied
        scope = ScopeForm(request.GET or None, user=request.user)
        if not request.GET or not scope.is_valid():
            return self._choose(request, scope)
        chosen = scope.cleaned_data
        if request.method == "POST":
            return self._write(request, chosen)
        return self._page(request, chosen)

    def _choose(self, request: HttpRequest, scope: ScopeForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Word a message"),
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": scope,
        }
        return TemplateResponse(request, "exchange/text_choice.html", context)

    def _write(self, request: HttpRequest, chosen: dict[str, Any]) -> HttpResponse:
        form = WordingForm(request.POST)
        if not form.is_valid():
            return self._page(request, chosen, form)
        wording = Wording(form.cleaned_data["subject"], form.cleaned_data["body"])
        try:
            services.check_wording(chosen["code"], wording)
            if "preview" in request.POST:
                return self._page(request, chosen, form, wording)
            row = services.write_text(
                **chosen,
                wording=wording,
                replaces=form.cleaned_data["replaces"],
                actor=request.user,
                at=timezone.now(),
            )
        except DomainError as error:
            form.add_error(None, error.message)
            return self._page(request, chosen, form)
        messages.success(request, gettext("From now on it is said so."))
        return redirect(reverse("admin:exchange_messagetemplate_change", args=[row.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        chosen = {"code": row.code, "store": row.store, "language": row.language}
        return self._page(request, chosen)

    def _page(
        self,
        request: HttpRequest,
        chosen: dict[str, Any],
        form: WordingForm | None = None,
        wording: Wording | None = None,
    ) -> HttpResponse:
        try:
            kind = texts.get(chosen["code"])
        except texts.UnknownText as error:
            raise Http404 from error
        in_force = services.wording_in_force(**chosen)
        newest = services.newest_version(**chosen)
        form = form or WordingForm(
            initial={"subject": in_force.subject, "body": in_force.body, "replaces": newest}
        )
        store = chosen["store"]
        context = {
            **self.admin_site.each_context(request),
            "title": kind.title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "store": store,
            "language": LANGUAGES.get(chosen["language"], chosen["language"]),
            "form": form,
            "may_write": services.may_write(request.user, store),
            "variables": [(f"{{{name}}}", each.title) for name, each in kind.variables.items()],
            "preview": (wording or in_force).filled(kind.samples),
            "is_draft": wording is not None,
            "versions": MessageTemplate.objects.filter(**chosen)
            .select_related("written_by")
            .order_by("-version"),
            "address": _address(chosen),
        }
        return TemplateResponse(request, "exchange/text.html", context)


def _address(chosen: dict[str, Any]) -> str:
    store = chosen["store"]
    query = f"code={chosen['code']}&store={store.pk if store else ''}&language={chosen['language']}"
    return f"{reverse('admin:exchange_messagetemplate_choose')}?{query}"


navigation.register(
    "setup",
    Screen(
        _("Message texts"),
        "edit_note",
        "admin:exchange_messagetemplate_changelist",
        "exchange.view_messagetemplate",
        rank=60,
    ),
)

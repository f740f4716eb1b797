"""The admin site and the base of every screen in it: rows, choices and rights go by store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, OperationalError, models
from django.forms.models import InlineForeignKeyField
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.forms import AuthenticationForm
from unfold.sites import UnfoldAdminSite

from opsdesk import command, navigation, wording
from opsdesk.access import refusals, throttle
from opsdesk.access import views as second_step
from opsdesk.audit import reading
from opsdesk.db import gave_way, is_taken
from opsdesk.desk import board
from opsdesk.desk import views as desk
from opsdesk.errors import Conflict
from opsdesk.estimates import capped_count, estimated_count
from opsdesk.middleware import came_from
from opsdesk.network import client_address

if TYPE_CHECKING:
    from opsdesk.stores.models import ScopedQuerySet, User


class SignInForm(AuthenticationForm):
    """Whoever works for a store may sign in; who works for none is told what is missing."""

    def clean(self) -> dict[str, Any]:
        """Who is not let in is on record, whether by the password or by the throttle."""
        account = self.cleaned_data.get("username")
        if not account or not self.cleaned_data.get("password"):
            return super().clean()
        try:
            return self._let_in(account)
        except ValidationError:
            refusals.note_failed_log_in(account)
            raise

    def _let_in(self, account: str) -> dict[str, Any]:
        """Takes a turn before the password is looked at, and gives it back if it was right."""
        keys = throttle.log_in_keys(account, client_address(self.request))
        wait = throttle.take_turn(keys, at=timezone.now())
        if wait is not None:
            raise ValidationError(
                _("Too many failed attempts. Try again in %(wait)s."),
                params={"wait": wording.duration(wait)},
                code="too_many",
            )
        cleaned = super().clean()
        throttle.give_back(keys)
        return cleaned

    def confirm_login_allowed(self, user: User) -> None:
        if not user.is_active:
            raise ValidationError(self.error_messages["inactive"], code="inactive")
        if not user.is_superuser and not user.store_ids:
            raise ValidationError(
                _("You work for no store yet. Ask an administrator for a role."), code="no_store"
            )


class OpsDeskSite(UnfoldAdminSite):
    """Open to whoever works for a store; their roles say what they see and may do there."""

    login_form = SignInForm

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_active and (user.is_superuser or bool(getattr(user, "store_ids", [])))

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("second-step/", self.admin_view(second_step.verify), name="second-step"),
            path(
                "second-step/set-up/",
                self.admin_view(second_step.set_up),
                name="second-step-set-up",
            ),
            path("badges/", self.admin_view(desk.badges), name="badges"),
            path("board/", self.admin_view(board.choose), name="board"),
            path("board/<int:store_id>/", self.admin_view(board.show), name="board-store"),
            path("desk/rows/", self.admin_view(desk.rows), name="desk-rows"),
            path("desk/act/", self.admin_view(desk.act), name="desk-act"),
        ]

    def admin_view(
        self, view: Callable[..., HttpResponse], cacheable: bool = False
    ) -> Callable[..., HttpResponse]:
        """A post of an ended session leads, by the log-in, back to the page it was sent from.

        The address of the post itself would open nothing.
        """
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def led_back(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            came_in_vain = request.method == "POST" and not self.has_permission(request)
            response = guarded(request, *args, **kwargs)
            log_in = reverse("admin:login", current_app=self.name)
            turned_away = response.status_code == 302 and response.url.startswith(log_in)
            if not (came_in_vain and turned_away):
                return response
            words = _("You were logged out before this was saved. Log in, then do it again.")
            messages.warning(request, words)
            page = urlsplit(came_from(request))
            return redirect_to_login(f"{page.path}?{page.query}".rstrip("?"), log_in)

        return led_back

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        request.current_app = self.name
        return desk.index(request, {**self.each_context(request), **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        shown = navigation.header(request) if self.has_permission(request) else []
        return {**super().each_context(request), "header_screens": shown}

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Of one app only: what the sidebar shows comes from `navigation`, on every page."""
        return super().get_app_list(request, app_label) if app_label else []

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        return navigation.sidebar(request)

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The command search. Not cached: what a person may see can change at any moment."""
        return command.results(request)

    def autocomplete_view(self, request: HttpRequest) -> JsonResponse:
        return ScopedAutocompleteView.as_view(admin_site=self)(request)


class EstimatingPaginator(Paginator):
    """Exact page numbers up to ten thousand rows, the planner's estimate beyond: never count(*)."""

    EXACT_UP_TO = 10_000

    @cached_property
    def count(self) -> int:
        counted = capped_count(self.object_list, self.EXACT_UP_TO)
        if counted <= self.EXACT_UP_TO:
            return counted
        return max(estimated_count(self.object_list), counted)


def store_path(model: type[models.Model]) -> str | None:
    """The lookup from a row to its store's id, as its queryset declares it; None if it has none."""
    return getattr(model._default_manager.all(), "store_field", None)


class ScopedForm(forms.ModelForm):
    """Refuses to tie a row to a row of another store."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        store_id = self._store_id(cleaned)
        if store_id is None:
            return cleaned
        for name, value in list(cleaned.items()):
            other = getattr(value, "store_id", None) if isinstance(value, models.Model) else None
            if other is not None and other != store_id:
                self.add_error(
                    name, ValidationError(_("This belongs to another store."), code="other_store")
                )
        return cleaned

    def _store_id(self, cleaned: dict[str, Any]) -> int | None:
        """The row's own store; a row without one is of its parent's, or of the first it names."""
        store = cleaned.get("store") or getattr(self.instance, "store", None)
        if store is not None:
            return store.pk
        chosen = [n for n, f in self.fields.items() if not isinstance(f, InlineForeignKeyField)]
        names = [*(self.fields.keys() - set(chosen)), *chosen]
        named = (getattr(cleaned.get(name), "store_id", None) for name in names)
        return next((pk for pk in named if pk is not None), None)


class ScopedPermissions:
    """Rights and choices of a screen, asked for the row's own store."""

    can_delete_rows = False

    def _may(self, request: HttpRequest, verb: str, obj: models.Model | None) -> bool:
        permission = f"{self.opts.app_label}.{verb}_{self.opts.model_name}"
        return self.allows(request, permission, obj)

    def allows(
        self, request: HttpRequest, permission: str, obj: models.Model | None = None
    ) -> bool:
        """May they do `app.codename` with this row; without one: in any store at all?"""
        return request.user.has_perm(permission, obj)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "view", obj) or self._may(request, "change", obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "add", obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.can_delete_rows and self._may(request, "delete", obj)

    def get_queryset(self, request: HttpRequest) -> ScopedQuerySet:
        """Rows of stores where they may look at this kind; a personal kind names its own."""
        rows = super().get_queryset(request)
        looked_at = getattr(rows, "viewable_by", rows.visible_to)
        return looked_at(request.user)

    def stores_to_write(self, request: HttpRequest) -> list[int]:
        """Ids of the stores in which this person may add or change rows of this kind."""
        name = f"{self.opts.app_label}.{{}}_{self.opts.model_name}"
        user = request.user
        return sorted(
            {
                *user.stores_allowing(name.format("add")),
                *user.stores_allowing(name.format("change")),
            }
        )

    def choices_for(self, db_field: models.Field, request: HttpRequest) -> models.QuerySet | None:
        """What a foreign key may point at: visible rows of stores where they may write."""
        choices = db_field.remote_field.model._default_manager.all()
        if not hasattr(choices, "visible_to"):
            return None
        choices = choices.visible_to(request.user)
        return (
            choices
            if request.user.is_superuser
            else choices.in_stores(self.stores_to_write(request))
        )

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if "queryset" not in kwargs:
            choices = self.choices_for(db_field, request)
            if choices is not None:
                kwargs["queryset"] = choices
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        if "queryset" not in kwargs:
            choices = self.choices_for(db_field, request)
            if choices is not None:
                kwargs["queryset"] = choices
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class ScopedModelAdmin(ScopedPermissions, ModelAdmin):
    """A screen on rows of stores: others' rows are not there (404), rights go by the row's store.

    Nothing is deleted unless a screen says so, and a row never moves to another store.
    """

    form = ScopedForm
    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    list_disable_select_all = True
    actions = None

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> models.Model:
        """The row, for every page of one. Raises PermissionDenied, or Http404 for others' rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = super().get_object(request, object_id, from_field)
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        return obj

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Of two people who enter the same at once the second gets the form back, which says so.

        Their forms were both right when they were checked; checked again, the second sees the
        first. Raises Conflict where the form does not know what is there only once.
        """
        answer = partial(super().changeform_view, request, object_id, form_url, extra_context)
        try:
            return answer()
        except (IntegrityError, OperationalError) as error:
            if not (is_taken(error) or gave_way(error)):
                raise
        for upload in request.FILES.values():
            upload.seek(0)
        try:
            return answer()
        except IntegrityError as error:
            raise Conflict(_("Somebody else has just entered the same.")) from error

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What the audit trail says of the row, whatever the way it was changed by."""
        obj = self.get_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.opts,
            "history": reading.history_of(obj, request.user),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "audit/history_page.html", context)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> list[str]:
        fields = list(super().get_readonly_fields(request, obj))
        has_store = any(field.name == "store" for field in self.opts.fields)
        return [*fields, "store"] if obj and has_store and "store" not in fields else fields


class ReadOnly:
    """Mixed into a screen to look at: ledgers, clocks and counts change only through services."""

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class ReadOnlyModelAdmin(ReadOnly, ScopedModelAdmin):
    pass


class ScopedTabularInline(ScopedPermissions, TabularInline):
    form = ScopedForm
    extra = 0

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """With a name of its own: in a table the label is a heading, which names no field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(field.label or db_field.verbose_name)
        return field


class ScopedStackedInline(ScopedPermissions, StackedInline):
    form = ScopedForm
    extra = 0


class ScopedAutocompleteView(AutocompleteJsonView):
    """Suggests only what the form would accept."""

    def get_queryset(self) -> models.QuerySet:
        found = super().get_queryset()
        source = self.admin_site._registry.get(self.source_field.model)
        if not isinstance(source, ScopedPermissions):
            return found
        allowed = source.choices_for(self.source_field, self.request)
        return found if allowed is None else found.filter(pk__in=allowed.values("pk"))

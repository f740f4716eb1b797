"""Setup: stores and channels, people and their roles. The procedure's numbers: `numbers.py`."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget

from opsdesk import navigation
from opsdesk.admin import ScopedForm, ScopedModelAdmin, ScopedTabularInline
from opsdesk.navigation import Screen
from opsdesk.stores import numbers, services
from opsdesk.stores.calendars import unusual_days
from opsdesk.stores.models import (
    Channel,
    Membership,
    SettingOverride,
    Store,
    User,
    Weekday,
    WorkCalendar,
    WorkException,
    WorkHours,
)

# Rights come from memberships; nobody edits the roles' groups by hand.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

DAYS_AHEAD = 92
SEE, CHANGE, GRANT = "stores.view_user", "stores.change_user", "stores.add_membership"


class ChannelInline(ScopedTabularInline):
    model = Channel
    fields = ["code", "name", "platform", "reserve_on", "takes_unpaid_orders", "is_active"]
    show_change_link = True


@admin.register(Store)
class StoreAdmin(ScopedModelAdmin):
    list_display = ["name", "code", "timezone", "currency", "is_active"]
    fields = [("name", "code"), ("timezone", "currency"), "language", "is_active"]
    inlines = [ChannelInline]

    def save_model(self, request: HttpRequest, obj: Store, form: forms.Form, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "timezone" in form.changed_data:
            services.keep_work_time(obj, at=timezone.now())

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        """The code names the store for scripts, the currency its whole history."""
        return ["code", "currency"] if obj else []


@admin.register(Channel)
class ChannelAdmin(ScopedModelAdmin):
    list_display = ["name", "code", "store", "platform", "reserve_on", "is_active"]
    list_select_related = ["store"]
    fields = [
        ("store", "code"),
        ("name", "platform"),
        "reserve_on",
        ("takes_unpaid_orders", "masks_recipients"),
        ("accepts_waybill_push", "accepts_stock_push"),
        "is_active",
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "code", "platform"] if obj else fields


class HoursInline(ScopedTabularInline):
    """Times of day, without the theme's warning about the zone of the browser."""

    formfield_overrides: ClassVar[dict] = {
        models.TimeField: {
            "widget": forms.TimeInput(
                attrs={"type": "time", "class": " ".join(INPUT_CLASSES)}, format="%H:%M"
            )
        }
    }


class WorkHoursInline(HoursInline):
    model = WorkHours
    fields = ["weekday", "start", "end"]
    can_delete_rows = True


class WorkExceptionInline(HoursInline):
    model = WorkException
    fields = ["day", "start", "end", "note"]
    can_delete_rows = True


@admin.register(WorkCalendar)
class WorkCalendarAdmin(ScopedModelAdmin):
    """When a store works, and the days ahead on which that is not as usual."""

    list_display = ["store", "country"]
    list_select_related = ["store"]
    fields = ["store", "country", "ahead"]
    readonly_fields = ["ahead"]
    inlines = [WorkHoursInline, WorkExceptionInline]

    def save_related(
        self, request: HttpRequest, form: forms.Form, formsets: list[Any], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        services.keep_work_time(form.instance.store, at=timezone.now())

    @admin.display(description=_("not as usual"))
    def ahead(self, calendar: WorkCalendar) -> str:
        if calendar.pk is None:
            return "–"
        today = calendar.store.business_date(timezone.now())
        days = unusual_days(calendar, today, DAYS_AHEAD)
        return format_html_join(
            mark_safe("<br>"),  # noqa: S308 (no data in it)
            "{} {}: {}",
            (
                (day, Weekday(day.weekday()).label, ", ".join(map(str, hours)) or gettext("closed"))
                for day, hours in days
            ),
        ) or gettext("Nothing in the next three months.")


def people_seen_by(user: User) -> QuerySet[User]:
    """Those who work in a store where this person may look at people; never superusers."""
    if user.is_superuser:
        return User.objects.all()
    return User.objects.visible_to(user).in_stores(user.stores_allowing(SEE))


class MembershipFormSet(BaseInlineFormSet):
    """A new person starts with a role: without one nobody could see them any more."""

    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("role") and not form.cleaned_data.get(DELETION_FIELD_NAME)
        ]
        if self.instance.pk is None and not kept:
            raise ValidationError(_("Give the person a role in a store."), code="no_role")


class MembershipInline(ScopedTabularInline):
    """Roles in the stores this administrator looks after; those elsewhere are not shown."""

    model = Membership
    fk_name = "user"
    fields = ["store", "role"]
    formset = MembershipFormSet
    can_delete_rows = True
    extra = 1

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm(GRANT) and (obj is None or obj.pk != request.user.pk)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed = request.user.has_perm("stores.delete_membership")
        return allowed and (obj is None or obj.pk != request.user.pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows
        return rows.in_stores(request.user.stores_allowing(GRANT))


@admin.register(User)
class UserAdmin(ScopedModelAdmin, BaseUserAdmin):
    """People. An administrator changes only those who work for no store but theirs."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "first_name", "last_name"]
    ordering = ["username"]
    filter_horizontal = []
    inlines = [MembershipInline]
    fieldsets = [
        (None, {"fields": [("username", "password")]}),
        (
            _("Person"),
            {"fields": [("first_name", "last_name"), ("email", "language"), "is_active"]},
        ),
    ]
    add_fieldsets = [
        (None, {"fields": [("username", "email"), ("password1", "password2")]}),
        (_("Person"), {"fields": [("first_name", "last_name"), "language"]}),
    ]

    @admin.display(description=pgettext_lazy("of a person", "name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """The languages there are, in place of a free text."""
        if db_field.name != "language":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.ChoiceField(
            label=db_field.verbose_name,
            required=False,
            choices=[("", _("as the browser asks")), *settings.LANGUAGES],
            widget=UnfoldAdminSelectWidget(),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return people_seen_by(request.user).order_by(*self.ordering)

    def has_view_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is None:
            return request.user.has_perm(SEE)
        return people_seen_by(request.user).filter(pk=obj.pk).exists()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is None or request.user.is_superuser:
            return request.user.has_perm(CHANGE)
        theirs = set(obj.memberships.values_list("store_id", flat=True))
        mine = set(request.user.stores_allowing(CHANGE))
        return not obj.is_superuser and bool(theirs) and theirs <= mine

    def has_add_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.has_perm("stores.add_user")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return []

    def save_model(self, request: HttpRequest, obj: User, form: forms.Form, change: bool) -> None:
        # The theme offers its search to staff only; what anybody may do is asked elsewhere.
        obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_formset(
        self, request: HttpRequest, form: forms.Form, formset: BaseInlineFormSet, change: bool
    ) -> None:
        """Roles are granted by the service, which knows who may grant what to whom."""
        formset.save(commit=False)
        for membership in formset.new_objects:
            services.grant_role(
                user=membership.user,
                store=membership.store,
                role=membership.role,
                actor=request.user,
                at=timezone.now(),
            )
        for membership in formset.deleted_objects:
            allowed = request.user.has_perm("stores.delete_membership", membership)
            if not allowed or membership.user_id == request.user.pk:
                raise PermissionDenied
            membership.delete()


class MembershipForm(ScopedForm):
    class Meta:
        model = Membership
        fields = ["user", "store", "role"]


@admin.register(Membership)
class MembershipAdmin(ScopedModelAdmin):
    form = MembershipForm
    list_display = ["user", "store", "role", "granted_by", "granted_at"]
    list_filter = ["role"]
    list_select_related = ["user", "store", "granted_by"]
    autocomplete_fields = ["user"]
    can_delete_rows = True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role is taken away and another given: both stay visible in the records."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Not one's own: a store could be left without anybody who grants roles."""
        own = obj is not None and obj.user_id == request.user.pk
        return not own and super().has_delete_permission(request, obj)

    def choices_for(self, db_field: models.Field, request: HttpRequest) -> QuerySet | None:
        if db_field.remote_field.model is User:
            return people_seen_by(request.user)
        return super().choices_for(db_field, request)

    def save_model(
        self, request: HttpRequest, obj: Membership, form: forms.Form, change: bool
    ) -> None:
        granted = services.grant_role(
            user=obj.user, store=obj.store, role=obj.role, actor=request.user, at=timezone.now()
        )
        obj.pk = granted.pk


@admin.register(SettingOverride)
class SettingOverrideAdmin(numbers.NumbersAdmin):
    pass


navigation.register(
    "setup",
    Screen(_("Stores"), "store", "admin:stores_store_changelist", "stores.change_store"),
    Screen(_("Channels"), "hub", "admin:stores_channel_changelist", "stores.change_channel"),
    Screen(
        _("Work calendars"),
        "calendar_month",
        "admin:stores_workcalendar_changelist",
        "stores.change_workcalendar",
    ),
    Screen(_("People"), "badge", "admin:stores_user_changelist", SEE),
    Screen(
        _("Roles in stores"),
        "key",
        "admin:stores_membership_changelist",
        "stores.view_membership",
    ),
    Screen(
        _("Numbers of the procedure"),
        "tune",
        "admin:stores_settingoverride_changelist",
        "stores.view_settingoverride",
    ),
)

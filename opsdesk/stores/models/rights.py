"""Tables of Django's that say who may do what, as the audit trail follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores.models.people import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

_PERMISSION = (
    "(SELECT t.app_label || '.' || p.codename FROM auth_permission p"
    " JOIN django_content_type t ON t.id = p.content_type_id WHERE p.id = {row}.permission_id)"
)
_GROUP = "(SELECT g.name FROM auth_group g WHERE g.id = {row}.group_id)"
_PERSON = "(SELECT u.username FROM stores_user u WHERE u.id = {row}.user_id)"
# A name is gone already where its row goes in the same statement.
_GONE = "coalesce({name}, '#' || {{row}}.{column}::text)"
_THE_PERMISSION = _GONE.format(name=_PERMISSION, column="permission_id")
_THE_GROUP = _GONE.format(name=_GROUP, column="group_id")
_THE_PERSON = _GONE.format(name=_PERSON, column="user_id")


def _recorded(columns: tuple[str, str], holder: str, held: str) -> list[pgtrigger.Trigger]:
    """Who holds what, named as both are called; of no store."""
    label = f"{holder} || ': ' || {held}"
    return recording(*columns, label=label, store="NULL::bigint", inserts=True)


class RightQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Of no store: who sees everything sees them."""
        return self if user.is_authenticated and user.is_superuser else self.none()


class RoleRight(Group.permissions.through):  # type: ignore[name-defined]
    """A role may do something. Written from the code by `roles.sync_roles`."""

    objects = RightQuerySet.as_manager()

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("right of a role")
        verbose_name_plural = _("rights of roles")
        triggers = _recorded(("group", "permission"), _THE_GROUP, _THE_PERMISSION)


class PersonGroup(User.groups.through):  # type: ignore[name-defined]
    """A person is in one of Django's groups. It gives no right, and is on record all the same."""

    objects = RightQuerySet.as_manager()

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("group of a person")
        verbose_name_plural = _("groups of people")
        triggers = _recorded(("user", "group"), _THE_PERSON, _THE_GROUP)


class PersonRight(User.user_permissions.through):  # type: ignore[name-defined]
    """A person has one of Django's permissions. It gives no right here either."""

    objects = RightQuerySet.as_manager()

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("right of a person")
        verbose_name_plural = _("rights of people")
        triggers = _recorded(("user", "permission"), _THE_PERSON, _THE_PERMISSION)

"""Permissions are asked for a store: `user.has_perm("orders.confirm_order", order)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import Permission

from opsdesk.stores.models import Store

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from opsdesk.stores.models import User


def permissions_by_role(roles: Iterable[str]) -> dict[str, set[str]]:
    """Role → `app.codename` of its group's permissions, of these roles only. One query."""
    rows = (
        Permission.objects.filter(group__name__in=sorted(roles))
        .order_by()
        .values_list("group__name", "content_type__app_label", "codename")
    )
    by_role: dict[str, set[str]] = {}
    for role, app_label, codename in rows:
        by_role.setdefault(role, set()).add(f"{app_label}.{codename}")
    return by_role


def permissions_by_store(user: User) -> dict[int, set[str]]:
    """Store id → what this person may do there. Kept on the instance, hence for one request."""
    if "_permissions_by_store" not in user.__dict__:
        held = set().union(*user.roles_by_store.values())
        by_role = permissions_by_role(held) if held else {}
        user.__dict__["_permissions_by_store"] = {
            store_id: set().union(*(by_role.get(role, set()) for role in roles))
            for store_id, roles in user.roles_by_store.items()
        }
    return user.__dict__["_permissions_by_store"]


def confine(user: User, *, store_id: int, roles: set[str], permissions: set[str]) -> None:
    """This instance may do only that, in that store, superuser or not; for whoever acts for it.

    Its row says otherwise: never save the instance as a whole.
    """
    user.is_superuser = False
    user.__dict__["roles_by_store"] = {store_id: roles}
    user.__dict__["_permissions_by_store"] = {store_id: permissions}


def store_id_of(obj: Any) -> int | None:
    """The store a row belongs to, by the path its queryset names; None for rows of all stores."""
    if isinstance(obj, Store):
        return obj.pk
    path = getattr(type(obj)._default_manager.all(), "store_field", "store_id")
    for step in path.split("__"):
        obj = getattr(obj, step, None)
    return obj


def is_allowed_in(user: User, permission: str, store: Store | None) -> bool:
    """May they do `app.codename` in the store; without one, in every store there is?"""
    if store is not None:
        return user.has_perm(permission, store)
    stores = Store.objects.active().values_list("pk", flat=True)
    return set(stores) <= set(user.stores_allowing(permission))


class PasswordBackend(ModelBackend):
    """Signs people in, and grants nothing: rights come from memberships alone."""

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        return set()

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Any = None) -> bool:
        return False

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        return False


class StoreRoleBackend(BaseBackend):
    """A person may do in a store what their roles there allow.

    Without an object the answer is "in some store": enough to show a menu entry. A row of another
    store answers no, whatever the person may do elsewhere.
    """

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Any = None) -> bool:
        if not user_obj.is_authenticated or not user_obj.is_active:
            return False
        by_store = permissions_by_store(user_obj)
        store_id = store_id_of(obj) if obj is not None else None
        if store_id is None:
            return any(perm in names for names in by_store.values())
        return perm in by_store.get(store_id, set())

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        return user_obj.is_active and any(
            name.startswith(f"{app_label}.")
            for names in permissions_by_store(user_obj).values()
            for name in names
        )

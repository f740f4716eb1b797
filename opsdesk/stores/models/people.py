"""People, and the roles they have in stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.stores import stamp
from opsdesk.stores.models.places import Store
from opsdesk.stores.models.scope import ScopedQuerySet
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PersonQuerySet(ScopedQuerySet):
    store_field = "memberships__store"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's colleagues: whoever works for one of their stores. Never superusers."""
        if user.is_authenticated and user.is_superuser:
            return super().visible_to(user)
        return super().visible_to(user).filter(is_superuser=False).distinct()


class PersonManager(UserManager.from_queryset(PersonQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser):
    """A person. What they may do where is said by their memberships, not by this row."""

    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Empty: as the browser asks.")
    )

    # Counted up by the database when the account is switched off or on, or a role comes or goes:
    # sessions from before are over then, whoever changed it, and how.
    session_stamp = models.PositiveIntegerField(default=0, editable=False)

    objects = PersonManager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        triggers = [
            stamp.KEPT,
            *recording(
                "username",
                "is_active",
                "is_staff",
                "is_superuser",
                hidden=["password", "email", "first_name", "last_name"],
                label="{row}.username",
                store="NULL::bigint",
                inserts=True,
            ),
        ]

    @cached_property
    def roles_by_store(self) -> dict[int, set[str]]:
        """Store id → roles, of active stores. One query per instance, hence per request."""
        roles: dict[int, set[str]] = {}
        rows = self.memberships.filter(store__is_active=True).values_list("store_id", "role")
        for store_id, role in rows:
            roles.setdefault(store_id, set()).add(role)
        return roles

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django compares it on every request: another password or stamp ends the session."""
        return salted_hmac(
            "opsdesk.stores.User.session",
            f"{self.password} {self.session_stamp}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def store_ids(self) -> list[int]:
        return sorted(self.roles_by_store)

    def roles_in(self, store_id: int) -> set[str]:
        return self.roles_by_store.get(store_id, set())

    def stores_allowing(self, permission: str) -> list[int]:
        """Ids of the stores in which this person may do `app.codename`."""
        if self.is_superuser:
            return list(Store.objects.filter(is_active=True).values_list("pk", flat=True))
        from opsdesk.stores.auth import permissions_by_store

        return [pk for pk, names in permissions_by_store(self).items() if permission in names]


class MembershipQuerySet(ScopedQuerySet):
    pass


class Membership(models.Model):
    """A person has a role in a store. Rights follow from these rows and from nothing else."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="memberships", verbose_name=_("store")
    )
    role = models.CharField(_("role"), max_length=30, choices=Role)
    granted_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="granted_memberships",
        verbose_name=_("granted by"),
    )
    granted_at = models.DateTimeField(_("granted"), default=now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "role", "user_id"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "store", "role"], name="membership_unique_user_store_role"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]
        triggers = [
            *stamp.counted_up_with_roles(),
            *recording(
                "user",
                "store",
                "role",
                "granted_by",
                label="(SELECT u.username FROM stores_user u WHERE u.id = {row}.user_id)"
                " || ': ' || {row}.role",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.store}"

"""Selections of a list that outlive the page: kept under a name, or written to a file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import Store, User
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and what was shared with a role one holds in the store it is shared in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        seen = Q(owner=user)
        for store_id, roles in user.roles_by_store.items():
            seen |= Q(store=store_id, roles__overlap=sorted(roles))
        return self.filter(seen)


class SavedView(models.Model):
    """Tab and filters of a list under a name: a person's own, or shared with roles of a store.

    It says what to look for and never what is found: whoever opens it sees their own rows.
    """

    owner = models.ForeignKey(
        User, models.CASCADE, related_name="saved_views", verbose_name=_("owner"), db_index=False
    )
    screen = models.CharField(_("list"), max_length=60)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("tab and filters"), max_length=2000)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", verbose_name=_("shared in")
    )
    roles = ArrayField(
        models.CharField(max_length=30, choices=Role),
        verbose_name=_("shared with"),
        default=list,
    )
    created_at = models.DateTimeField(_("saved"))

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        permissions = [("share_savedview", "Can share saved views with roles of a store")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "screen", "name"], name="saved_view_unique_owner_screen_name"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
            models.CheckConstraint(
                condition=Q(store=None, roles=[]) | (Q(store__isnull=False) & ~Q(roles=[])),
                name="saved_view_shared_in_store_with_roles",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def export_path(export: ListExport, filename: str) -> str:
    """Named by number: what the file holds is said by its row alone."""
    return f"exports/{export.pk}"


class ListExportQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What a person asked for is theirs alone."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.is_superuser else self.filter(requested_by=user)

    def waiting(self, at: datetime) -> Self:
        """Not begun, or left behind by a worker that died (lease ran out)."""
        return self.filter(
            Q(state=ListExport.State.WAITING)
            | Q(state=ListExport.State.RUNNING, lease_until__lt=at)
        )


class ListExport(models.Model):
    """A selection of a list as a file, written by the worker, kept for its person for a while.

    `written` counts the rows so far, `expected` is an estimate. A second attempt begins anew.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    screen = models.CharField(_("list"), max_length=60)
    query = models.CharField(_("tab and filters"), max_length=2000, blank=True)
    format = models.CharField(_("format"), max_length=4, choices=Format, default=Format.XLSX)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    written = models.PositiveIntegerField(_("rows written"), default=0)
    expected = models.PositiveIntegerField(_("rows expected"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    file = models.FileField(_("file"), upload_to=export_path, max_length=120, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    requested_at = models.DateTimeField(_("asked for"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)

    objects = ListExportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | ~Q(state="running") & Q(lease_until=None),
                name="list_export_lease_while_running",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready")
                | ~Q(file="") & Q(finished_at__isnull=False, expires_at__isnull=False),
                name="list_export_ready_has_file",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=["waiting", "running"]),
                name="list_export_unfinished",
            ),
            models.Index(fields=["requested_at"], name="list_export_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.screen} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How far it is, by the estimate; whole only once the file is there."""
        if self.state == self.State.READY:
            return 100
        return min(100 * self.written // self.expected, 99) if self.expected else 0

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User


def upload_path(session: ImportSession, filename: str) -> str:
    """Named by digest: what a person called the file never reaches the disk."""
    return f"imports/{session.store_id}/{session.sha256[:2]}/{session.sha256}"


class ImportSessionQuerySet(ScopedQuerySet):
    def unfinished(self) -> Self:
        return self.filter(state__in=ImportSession.UNFINISHED)

    def for_a_worker(self, at: datetime) -> Self:
        """What a worker can carry on at `at`: nobody else's lease, and no person to wait for."""
        State = ImportSession.State
        stored = Q(state=State.UPLOADED) & ~Q(file="") & ~Q(dialect__contains={"waits": True})
        return self.filter(
            Q(state__in=[State.RUNNING, State.UNDOING]) | stored,
            Q(lease_until=None) | Q(lease_until__lte=at),
        )


class ImportSession(models.Model):
    """One file (or folder) on its way in: staged, checked, applied in chunks, resumable.

    `read` = `created` + `changed` + `duplicate` + `rejected` once it is done. `as_of` is the moment
    at which the file is read: clocks that ended before it are history.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        STAGED = "staged", _("checked, ready to run")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    class OnError(models.TextChoices):
        SKIP = "skip", _("keep the good rows")
        REJECT_ALL = "reject-all", _("all rows or none")

    UNFINISHED = ["uploaded", "staged", "running"]

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="import_sessions", verbose_name=_("store")
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, null=True, related_name="+", verbose_name=_("channel")
    )
    importer = models.CharField(_("format"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(_("stored file"), upload_to=upload_path, max_length=255, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    column_map = models.JSONField(_("column map"), default=dict, blank=True)
    on_error = models.CharField(_("bad rows"), max_length=10, choices=OnError, default=OnError.SKIP)
    as_of = models.DateTimeField(_("as of"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    dialect = models.JSONField(_("what was detected"), default=dict, blank=True)
    total = models.PositiveIntegerField(_("rows in the file"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    duplicate = models.PositiveIntegerField(_("already there"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    # Begun by a worker since the last success: what fails each time must come to an end.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ImportSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        permissions = [
            ("run_import", "Can upload and run imports"),
            ("undo_import", "Can undo imports"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "importer", "sha256"],
                condition=Q(state__in=["uploaded", "staged", "running"]),
                name="import_one_unfinished_per_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="done")
                | Q(total=F("created") + F("changed") + F("duplicate") + F("rejected")),
                name="import_every_row_has_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-created_at"], name="import_list"),
            models.Index(fields=["sha256"], name="import_digest"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def settled(self) -> int:
        return self.created + self.changed + self.duplicate + self.rejected

    @property
    def percent(self) -> int:
        return 100 * self.settled // self.total if self.total else 0


class ImportRowQuerySet(ScopedQuerySet):
    store_field = "session__store_id"

    def pending(self) -> Self:
        return self.filter(outcome=ImportRow.Outcome.PENDING)

    def rejected(self) -> Self:
        return self.filter(outcome=ImportRow.Outcome.REJECTED).exclude(code="")

    def remarked(self) -> Self:
        """Taken, with something that should be known of it."""
        Outcome = ImportRow.Outcome
        taken = [Outcome.CREATED, Outcome.CHANGED, Outcome.DUPLICATE]
        return self.filter(outcome__in=taken).exclude(code="")


class ImportRow(models.Model):
    """One record of an import and what became of it.

    `line` is where it starts in the file, `raw` the cells as they stood there, `data` the record
    in the importer's own terms (empty for a row that could not be read).
    """

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DUPLICATE = "duplicate", _("already there")
        REJECTED = "rejected", _("rejected")
        UNDONE = "undone", _("undone")

    session = models.ForeignKey(ImportSession, models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    key = models.CharField(_("key"), max_length=120, blank=True)
    raw = models.JSONField(_("row"), default=list)
    data = models.JSONField(_("record"), null=True)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome, default=Outcome.PENDING
    )
    column = models.CharField(_("column"), max_length=120, blank=True)
    code = models.CharField(_("code"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    target_id = models.BigIntegerField(_("record made or found"), null=True)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["session_id", "line"]
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "line"], name="import_row_unique_session_line"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="rejected") | (~Q(reason="") & ~Q(code="")),
                name="import_row_rejection_has_reason",
            ),
        ]
        # Settling a row leaves all that is indexed as it was, and pages are left with room for the
        # new version (see the migrations): no index is written a second time.
        indexes = [
            models.Index(
                fields=["session", "line"],
                condition=~Q(code=""),
                name="import_row_rejected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.key}"

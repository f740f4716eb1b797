from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from opsdesk.stores.models import ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

EVERYBODYS = "audit.view_everybodys"


class ExactNumbers(json.JSONDecoder):
    """Amounts come back as they were written, to the last digit."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


class AuditEntryQuerySet(ScopedQuerySet):
    # Entries on people belong to no one store.
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What they did themselves, and where they may see everybody's, all of it.

        An entry on a person is seen where that person works and everybody's may be seen.
        """
        if not user.is_authenticated or not user.is_active or user.is_superuser:
            return super().visible_to(user)
        own = Q(actor=user) & (Q(store__in=user.store_ids) | Q(store=None))
        everywhere = user.stores_allowing(EVERYBODYS)
        if not everywhere:
            return self.filter(own)
        people = User.objects.visible_to(user).in_stores(everywhere).values("pk")
        on_people = Q(store=None, model=User._meta.label_lower, subject_id__in=people)
        return self.filter(own | Q(store__in=everywhere) | on_people)

    def of(self, subject: models.Model) -> Self:
        return self.filter(model=subject._meta.label_lower, subject_id=subject.pk)


class AuditEntry(models.Model):
    """One change of one row, or one look at what is not shown to everybody. Nobody changes it.

    Written by triggers (`triggers.recording`), whatever the way of the change; the database fills
    in when, who and how, and refuses UPDATE, DELETE and TRUNCATE. `before` and `after` hold the
    columns that differ; of personal data and secrets only that they do. `roles` are those the
    person held in the store at that moment.
    """

    class Verb(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        EXPORTED = "exported", _("exported")
        REVEALED = "revealed", _("revealed")
        REFUSED = "refused", _("refused")

    class Via(models.TextChoices):
        PAGE = "page", _("page")
        REST = "rest", _("REST")
        FILE = "file", _("file import")
        JOB = "job", _("job")
        SHELL = "shell", _("command line")
        SQL = "sql", _("SQL")

    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    store = models.ForeignKey(
        Store, models.PROTECT, null=True, related_name="+", verbose_name=_("store"), db_index=False
    )
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    model = models.CharField(_("kind"), max_length=60)
    subject_id = models.BigIntegerField(null=True)
    subject_label = models.CharField(_("subject"), max_length=120)
    before = models.JSONField(_("before"), null=True, decoder=ExactNumbers)
    after = models.JSONField(_("after"), null=True, decoder=ExactNumbers)
    actor = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("by"),
        db_index=False,
    )
    on_behalf_of = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("on behalf of"),
        db_index=False,
    )
    roles = ArrayField(
        models.CharField(max_length=30), verbose_name=_("roles then"), default=list, editable=False
    )
    via = models.CharField(_("way"), max_length=5, choices=Via, editable=False)
    cause = models.CharField(_("request or job"), max_length=120, editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("network address"), null=True, editable=False)
    database_user = models.CharField(_("database user"), max_length=63, editable=False)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        permissions = [("view_everybodys", "Can look at everybody's audit entries")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    verb__in=["created", "changed", "deleted", "exported", "revealed", "refused"]
                ),
                name="audit_entry_verb_known",
            ),
            models.CheckConstraint(
                condition=Q(via__in=["page", "rest", "file", "job", "shell", "sql"]),
                name="audit_entry_via_known",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="audit_store"),
            models.Index(fields=["model", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            BrinIndex(fields=["at"], name="audit_at", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.model} {self.subject_label}"

    @property
    def kind(self) -> type[models.Model] | None:
        """The model it is about; None once that model is gone from the code."""
        try:
            return apps.get_model(self.model)
        except LookupError:
            return None


class AuditLinkQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whoever sees an entry sees its place in the chain."""
        return self.filter(entry__in=AuditEntry.objects.visible_to(user).values("pk"))


class AuditLink(models.Model):
    """The place of an entry in the chain of its store, made once by `chain.link_entries`.

    `hash` is the SHA-256 of the link before and of the entry, so that whoever changes, removes or
    slips in an entry would have to rewrite every link after it. `chain` is the store's id, 0 where
    an entry belongs to no store.
    """

    # Without a foreign key in the database: checking one would write to every entry.
    entry = models.OneToOneField(
        AuditEntry, models.PROTECT, primary_key=True, db_constraint=False, related_name="link"
    )
    chain = models.BigIntegerField()
    position = models.BigIntegerField(_("position"))
    hash = models.BinaryField(_("digest"), max_length=32)

    objects = AuditLinkQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("link of the audit trail")
        verbose_name_plural = _("links of the audit trail")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "position"], name="audit_link_unique_chain_position"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="audit_link_from_one_on"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}: {self.position}"


class AuditHead(models.Model):
    """How far a chain reached at the end of a store's day, as it was told to its administrators.

    The one who is told keeps it: what is in their mailbox nobody changes in the database.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    day = models.DateField(_("day"))
    chain = models.BigIntegerField()
    position = models.BigIntegerField(_("position"))
    hash = models.BinaryField(_("digest"), max_length=32)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("head of the audit trail")
        verbose_name_plural = _("heads of the audit trail")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "day", "chain"], name="audit_head_unique_store_day_chain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.position}"

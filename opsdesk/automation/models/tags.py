"""Words that people and rules put on what they work on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.automation.models.firings import Firing
from opsdesk.stores.models import ScopedQuerySet, Store, User


class TagQuerySet(ScopedQuerySet):
    def on(self, model: type[models.Model], ids: Iterable[int]) -> Self:
        """Those of these rows of one model."""
        return self.filter(
            subject_type=ContentType.objects.get_for_model(model), subject_id__in=list(ids)
        )


class Tag(models.Model):
    """A word on an order, a parcel or a SKU, there once. By a person, or by a rule's firing."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", db_index=False)
    subject_id = models.BigIntegerField()
    subject = GenericForeignKey("subject_type", "subject_id")
    name = models.CharField(_("tag"), max_length=40)
    tagged_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    firing = models.ForeignKey(
        Firing,
        models.SET_NULL,
        null=True,
        related_name="tags",
        verbose_name=_("run of a rule"),
    )
    at = models.DateTimeField(_("at"))

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        default_permissions = ("view", "add", "delete")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "subject_type", "subject_id", "name"], name="tag_once"
            ),
            models.CheckConstraint(
                condition=Q(name__regex=r"^\S(.*\S)?$") & ~Q(name__contains=","),
                name="tag_is_a_word",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="tag_subject"),
            models.Index(fields=["store", "subject_type", "name"], name="tag_name"),
        ]
        triggers = recording("name", label="{row}.name", inserts=True)

    def __str__(self) -> str:
        return self.name

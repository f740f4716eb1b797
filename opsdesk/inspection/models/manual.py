"""What people look at themselves each day, and what they found."""

from __future__ import annotations

from datetime import date
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opsdesk.audit.triggers import recording
from opsdesk.inspection.models.guards import day_is_open
from opsdesk.stores.models import ScopedQuerySet, Store, User
from opsdesk.stores.roles import Role


class ManualItemQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def unanswered(self, day: date) -> Self:
        """Those without an answer for that business day."""
        answers = ManualAnswer.objects.filter(business_date=day, is_current=True)
        return self.exclude(pk__in=answers.values("item"))


class ManualItem(models.Model):
    """Something a person of one role looks at each day, as no program can."""

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    title = models.CharField(_("what is looked at"), max_length=120)
    hint = models.CharField(_("how"), max_length=500, blank=True)
    owner_role = models.CharField(_("looked at by"), max_length=30, choices=Role)
    position = models.PositiveSmallIntegerField(
        _("place"), default=10, help_text=_("Low numbers come first.")
    )
    is_required = models.BooleanField(
        _("needed to sign"),
        default=True,
        help_text=_("The day can't be signed before it is answered."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ManualItemQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "position", "pk"]
        verbose_name = _("item to look at")
        verbose_name_plural = _("items to look at")
        default_permissions = ("view", "add", "change")
        permissions = [("answer_manualitem", "Can say what was seen at an item of their role")]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "title"],
                name="manual_item_unique_title",
                violation_error_message=_("The store has an item of this name."),
            ),
        ]
        triggers = recording(
            "store",
            "title",
            "hint",
            "owner_role",
            "position",
            "is_required",
            "is_active",
            label="{row}.title",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.title


class ManualAnswerQuerySet(ScopedQuerySet):
    store_field = "item__store_id"

    def current(self) -> Self:
        return self.filter(is_current=True)


_STORE_OF_ITEM = "(SELECT i.store_id FROM inspection_manualitem i WHERE i.id = NEW.item_id)"
_STORE_OF_ANSWER = (
    "(SELECT i.store_id FROM inspection_manualanswer a"
    " JOIN inspection_manualitem i ON i.id = a.item_id WHERE a.id = NEW.answer_id)"
)
_DAY_OF_ANSWER = (
    "(SELECT a.business_date FROM inspection_manualanswer a WHERE a.id = NEW.answer_id)"
)


class ManualAnswer(models.Model):
    """What a person found at an item on one business day.

    Never edited: a correction is a row of its own, and the one before is current no more. Once the
    day is signed neither comes.
    """

    class Verdict(models.TextChoices):
        OK = "ok", _("in order")
        PROBLEM = "problem", _("problem")
        NOT_APPLICABLE = "not_applicable", _("not applicable")

    item = models.ForeignKey(
        ManualItem,
        models.PROTECT,
        related_name="answers",
        verbose_name=_("item to look at"),
        db_index=False,
    )
    business_date = models.DateField(_("business day"))
    verdict = models.CharField(_("answer"), max_length=15, choices=Verdict)
    note = models.CharField(_("note"), max_length=500, blank=True)
    is_current = models.BooleanField(_("current"), default=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("by"), db_index=False
    )
    answered_at = models.DateTimeField(_("answered"))

    objects = ManualAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("answer to an item")
        verbose_name_plural = _("answers to items")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["item", "business_date"],
                condition=Q(is_current=True),
                name="manual_answer_one_current_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="problem") | ~Q(note=""),
                name="manual_answer_problem_says_what",
            ),
        ]
        indexes = [models.Index(fields=["item", "business_date"], name="manual_answer_of_day")]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="said_as_it_was",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "item", "business_date", "verdict", "note", "answered_by", "answered_at"
                ),
            ),
            pgtrigger.Protect(
                name="current_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__is_current=True),
            ),
            day_is_open(
                store=_STORE_OF_ITEM, day="NEW.business_date", label="manual_answer_day_is_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date}: {self.verdict}"


def photo_path(photo: AnswerPhoto, _filename: str) -> str:
    return f"inspections/{photo.answer.item.store_id}/{photo.sha256}"


class AnswerPhotoQuerySet(ScopedQuerySet):
    store_field = "answer__item__store_id"


class AnswerPhoto(models.Model):
    """A photo that goes with an answer, made anew from its pixels. Kept as the answer is."""

    answer = models.ForeignKey(
        ManualAnswer, models.PROTECT, related_name="photos", verbose_name=_("answer to an item")
    )
    file = models.FileField(_("photo"), upload_to=photo_path, max_length=200)
    small = models.FileField(_("small copy"), upload_to=photo_path, max_length=200)
    format = models.CharField(_("format"), max_length=4)
    sha256 = models.CharField("SHA-256", max_length=64)

    objects = AnswerPhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("photo of an answer")
        verbose_name_plural = _("photos of answers")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$") & ~Q(file="") & ~Q(small=""),
                name="answer_photo_has_its_files",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            day_is_open(
                store=_STORE_OF_ANSWER, day=_DAY_OF_ANSWER, label="answer_photo_day_is_open"
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]

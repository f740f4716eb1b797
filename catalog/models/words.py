"""Words that no text on sale may hold, and what is allowed all the same (CAT-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Platform, ScopedQuerySet, Store, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class WordListQuerySet(ScopedQuerySet):
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(store__in=user.store_ids) | Q(store=None))
        return super().visible_to(user)


class WordList(models.Model):
    """Forbidden words that hold in a store, on a platform or (both empty) everywhere.

    `code` is set where the list came with the product: what later versions bring is added to it.
    """

    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="word_lists",
        verbose_name=_("store"),
        help_text=_("Empty: every store."),
    )
    platform = models.CharField(
        _("platform"),
        max_length=20,
        choices=Platform,
        blank=True,
        help_text=_("Empty: every platform."),
    )
    category = models.CharField(
        _("category"),
        max_length=200,
        blank=True,
        help_text=_(
            "Of which goods: those whose category holds one of these words, separated by blanks, "
            "and those without a category. Empty: all goods."
        ),
    )
    name = models.CharField(_("name"), max_length=80)
    code = models.SlugField(_("code"), max_length=40, blank=True, editable=False, db_index=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = WordListQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("word list")
        verbose_name_plural = _("word lists")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="word_list_unique_code"
            ),
            models.UniqueConstraint(
                fields=["store", "platform", "name"],
                nulls_distinct=False,
                name="word_list_unique_name",
                violation_error_message=_("There is a list of this name already."),
            ),
            models.CheckConstraint(
                condition=Q(platform="") | Q(platform__in=Platform.values),
                name="word_list_platform_known",
            ),
        ]
        triggers = recording(
            "store", "platform", "category", "name", "is_active", label="{row}.name"
        )

    def __str__(self) -> str:
        return self.name


class ForbiddenWordQuerySet(ScopedQuerySet):
    store_field = "list__store_id"
    has_common_rows = True

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the person's stores, and those that hold for all stores."""
        if user.is_authenticated and user.is_active and not user.is_superuser:
            return self.filter(Q(list__store__in=user.store_ids) | Q(list__store=None))
        return super().visible_to(user)

    def in_force(self, store_id: int | None) -> Self:
        """What holds in the store, whatever the platform; without one, what holds everywhere."""
        return self.filter(
            Q(list__store=store_id) | Q(list__store=None), is_active=True, list__is_active=True
        )


class ForbiddenWord(models.Model):
    """A word that is looked for in texts, or (`is_exception`) one in which it is harmless.

    Found however it is written: `folded` is what is compared. Words are switched off, not deleted.
    """

    class Kind(models.TextChoices):
        ABSOLUTE = "absolute", _("absolute term")
        AUTHORITY = "authority", _("borrowed authority")
        MEDICAL = "medical", _("medical claim")
        PROMISE = "promise", _("promise of an effect")
        PRESSURE = "pressure", _("misleading offer")
        ELSEWHERE = "elsewhere", _("leads buyers elsewhere")
        OTHER = "other", _("other")

    LONGEST = 60

    list = models.ForeignKey(
        WordList, models.PROTECT, related_name="words", verbose_name=_("list"), db_index=False
    )
    text = models.CharField(_("word"), max_length=LONGEST)
    folded = models.CharField(max_length=4 * LONGEST, editable=False)
    is_exception = models.BooleanField(
        _("allowed"),
        default=False,
        help_text=_("An exception: a forbidden word within this one is harmless."),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.OTHER)
    source = models.CharField(
        _("source"), max_length=200, blank=True, help_text=_("The law or rule it stands on.")
    )
    suggestion = models.CharField(_("say instead"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    added_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("added by"),
        db_index=False,
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = ForbiddenWordQuerySet.as_manager()

    class Meta:
        ordering = ["text", "pk"]
        verbose_name = _("forbidden word")
        verbose_name_plural = _("forbidden words")
        constraints = [
            models.UniqueConstraint(
                fields=["list", "folded"], name="forbidden_word_unique_in_its_list"
            ),
            models.CheckConstraint(condition=~Q(folded=""), name="forbidden_word_has_letters"),
        ]
        triggers = recording(
            "text",
            "is_exception",
            "kind",
            "source",
            "suggestion",
            "is_active",
            label="{row}.text",
            store="(SELECT l.store_id FROM catalog_wordlist l WHERE l.id = {row}.list_id)",
        )

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is compared follows what is written."""
        self.folded = fold(self.text)
        fields = kwargs.get("update_fields")
        if fields is not None and "text" in fields:
            kwargs["update_fields"] = {*fields, "folded"}
        super().save(*args, **kwargs)

"""Words by which buyers look for goods: the library that titles are built from (CAT-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from opsdesk.stores.models import ScopedQuerySet, Store

if TYPE_CHECKING:
    from catalog.models.products import Product


class KeywordQuerySet(ScopedQuerySet):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def for_product(self, product: Product) -> Self:
        """Of the product's store, for all goods or for what its category begins with."""
        category = StrIndex(Value(product.category), F("category"))
        return (
            self.active()
            .filter(store=product.store_id)
            .alias(at=category)
            .filter(Q(category="") | Q(at=1))
        )


class Keyword(models.Model):
    """A word that buyers search with; its role says which place of a title it takes."""

    class Kind(models.TextChoices):
        BRAND = "brand", _("brand word")
        PRODUCT = "product", _("product word")
        LONG_TAIL = "long_tail", _("long-tail word")

    class Role(models.TextChoices):
        CORE = "core", _("core word")
        ATTRIBUTE = "attribute", _("attribute word")
        SCENE = "scene", _("scene word")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="keywords", verbose_name=_("store"), db_index=False
    )
    text = models.CharField(_("word"), max_length=60)
    folded = models.CharField(max_length=240, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PRODUCT)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.CORE)
    category = models.CharField(
        _("category"),
        max_length=120,
        blank=True,
        help_text=_("Of which goods: what their category begins with. Empty: all of them."),
    )
    search_volume = models.PositiveIntegerField(
        _("search volume"), null=True, blank=True, help_text=_("Searches a day.")
    )
    competition = models.PositiveIntegerField(
        _("competition"), null=True, blank=True, help_text=_("Goods that are found by it.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = KeywordQuerySet.as_manager()

    class Meta:
        ordering = ["text", "pk"]
        verbose_name = _("keyword")
        verbose_name_plural = _("keywords")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "folded", "category"], name="keyword_unique_in_its_store"
            ),
            models.CheckConstraint(condition=~Q(folded=""), name="keyword_has_letters"),
            models.CheckConstraint(
                condition=Q(kind__in=["brand", "product", "long_tail"]), name="keyword_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["core", "attribute", "scene"]), name="keyword_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is compared follows what is written."""
        self.folded = fold(self.text)
        fields = kwargs.get("update_fields")
        if fields is not None and "text" in fields:
            kwargs["update_fields"] = {*fields, "folded"}
        super().save(*args, **kwargs)

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.fields import WebAddressField
from catalog.models.products import Product
from opsdesk.stores.models import ScopedQuerySet, Store, User


def knowledge_path(entry: KnowledgeEntry, _filename: str) -> str:
    return f"knowledge/{entry.store_id}/file"


class KnowledgeEntry(models.Model):
    """What customer service tells buyers of a product: an answer, a manual, a tutorial (CAT-15)."""

    class Kind(models.TextChoices):
        FAQ = "faq", _("question")
        MANUAL = "manual", _("manual")
        TUTORIAL = "tutorial", _("tutorial")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="knowledge", verbose_name=_("store"), db_index=False
    )
    product = models.ForeignKey(
        Product, models.CASCADE, related_name="knowledge", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.FAQ)
    title = models.CharField(_("question or title"), max_length=200)
    text = models.TextField(_("answer or text"), blank=True)
    url = WebAddressField(_("link"), max_length=500, blank=True)
    file = models.FileField(_("file"), upload_to=knowledge_path, max_length=200, blank=True)
    file_name = models.CharField(_("name of the file"), max_length=255, blank=True)
    place = models.PositiveSmallIntegerField(
        _("place"), default=1, help_text=_("The lowest number comes first.")
    )
    updated_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("by")
    )
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["product_id", "kind", "place", "pk"]
        verbose_name = _("knowledge entry")
        verbose_name_plural = _("knowledge")
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="knowledge_has_title"),
            models.CheckConstraint(
                condition=~Q(text="", url="", file=""), name="knowledge_tells_something"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "id"], name="knowledge_store"),
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="knowledge_title_words"),
        ]

    def __str__(self) -> str:
        return self.title

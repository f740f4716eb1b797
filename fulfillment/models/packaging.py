"""What goods are packed in, and how (FUL-6)."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, Warehouse
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store

MOST_MM = 5_000
SIDES = [MinValueValidator(1), MaxValueValidator(MOST_MM)]
# Words that are compared: written in one way.
group_words = RegexValidator(r"^[\w-]+(, ?[\w-]+)*$", _("Words with commas between them."))


class BoxQuerySet(ScopedQuerySet):
    def here(self, warehouse: Warehouse) -> Self:
        """Those that the warehouse has: its own and the store's, unless they are switched off."""
        mine = Q(warehouse=None) | Q(warehouse=warehouse)
        return self.filter(mine, store=warehouse.store_id, is_active=True)

    def usable(self, warehouse: Warehouse) -> Self:
        """Those of them that it has not used up, as far as it counts them."""
        empty = Q(stocks__warehouse=warehouse, stocks__quantity__lte=0)
        return self.here(warehouse).exclude(pk__in=Box.objects.filter(empty).values("pk"))


class Box(models.Model):
    """A kind of box. Inside counts for what it holds, outside for what the carrier charges.

    Lengths in millimetres, weights in grams, the cost in the store's currency. Without a warehouse
    each of the store has it. How many there are says `BoxStock`, where somebody counts them.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    warehouse = models.ForeignKey(
        Warehouse,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
        db_index=False,
        help_text=_("Empty: every warehouse of the store has it."),
    )
    code = models.SlugField(_("code"), max_length=40, db_index=False)
    inner_length_mm = models.PositiveIntegerField(_("inner length (mm)"), validators=SIDES)
    inner_width_mm = models.PositiveIntegerField(_("inner width (mm)"), validators=SIDES)
    inner_height_mm = models.PositiveIntegerField(_("inner height (mm)"), validators=SIDES)
    outer_length_mm = models.PositiveIntegerField(_("outer length (mm)"), validators=SIDES)
    outer_width_mm = models.PositiveIntegerField(_("outer width (mm)"), validators=SIDES)
    outer_height_mm = models.PositiveIntegerField(_("outer height (mm)"), validators=SIDES)
    own_grams = models.PositiveIntegerField(_("own weight (g)"))
    most_grams = models.PositiveIntegerField(
        _("bears at most (g)"), validators=[MinValueValidator(1)]
    )
    cost = models.DecimalField(
        _("cost"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    # Not read any more, `BoxStock` counts: the next release takes it away.
    stock = models.PositiveIntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty: it is not counted.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = BoxQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "code"]
        verbose_name = _("box")
        verbose_name_plural = _("boxes")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="box_unique_store_code"),
            models.CheckConstraint(
                condition=Q(inner_length_mm__gt=0, inner_width_mm__gt=0, inner_height_mm__gt=0),
                name="box_holds_something",
            ),
            models.CheckConstraint(
                condition=Q(outer_length_mm__gte=F("inner_length_mm"))
                & Q(outer_width_mm__gte=F("inner_width_mm"))
                & Q(outer_height_mm__gte=F("inner_height_mm")),
                name="box_outside_not_smaller",
                violation_error_message=_("A box is no smaller outside than inside."),
            ),
            models.CheckConstraint(
                condition=Q(most_grams__gt=0, cost__gte=0), name="box_bears_something"
            ),
        ]
        triggers = recording("code", "most_grams", "cost", "is_active", label="{row}.code")

    def __str__(self) -> str:
        return self.code

    @property
    def inside(self) -> str:
        return f"{self.inner_length_mm} × {self.inner_width_mm} × {self.inner_height_mm}"


class PackagingRuleQuerySet(ScopedQuerySet):
    pass


class PackagingRule(models.Model):
    """How a product, or what is in a category and below it, is packed. A product's own comes first,
    then the longest category's.

    `padding_mm` is added on each side of a piece. Pieces of a `group` are not packed together with
    those that name it in `not_with`.
    """

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    product = models.ForeignKey(
        Product,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("product"),
        db_index=False,
    )
    category = models.CharField(_("category"), max_length=120, blank=True)
    shock = models.BooleanField(_("breaks by shock"), default=False)
    moisture = models.BooleanField(_("must stay dry"), default=False)
    dust = models.BooleanField(_("must stay free of dust"), default=False)
    cold = models.BooleanField(_("must stay cold"), default=False)
    upright = models.BooleanField(_("stays upright"), default=False)
    padding_mm = models.PositiveSmallIntegerField(
        _("padding (mm)"), default=0, validators=[MaxValueValidator(200)]
    )
    material = models.CharField(_("material to add"), max_length=120, blank=True)
    group = models.CharField(
        _("group"), max_length=40, blank=True, validators=[RegexValidator(r"^[\w-]+$")]
    )
    not_with = models.CharField(
        _("not together with"), max_length=120, blank=True, validators=[group_words]
    )

    objects = PackagingRuleQuerySet.as_manager()

    class Meta:
        ordering = ["store_id", "category", "pk"]
        verbose_name = _("packaging rule")
        verbose_name_plural = _("packaging rules")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product"],
                condition=Q(product__isnull=False),
                name="packaging_rule_one_per_product",
            ),
            models.UniqueConstraint(
                fields=["store", "category"],
                condition=Q(product=None),
                name="packaging_rule_one_per_category",
            ),
            models.CheckConstraint(
                condition=Q(product=None) & ~Q(category="") | Q(product__isnull=False, category=""),
                name="packaging_rule_of_one_thing",
                violation_error_message=_("Name a product or a category, not both."),
            ),
        ]
        triggers = recording(
            "product",
            "category",
            "shock",
            "moisture",
            "dust",
            "cold",
            "upright",
            "padding_mm",
            "material",
            "group",
            "not_with",
            label="{row}.category",
            inserts=True,
        )

    def __str__(self) -> str:
        return self.category or str(self.product)

    def clean(self) -> None:
        if self.group and self.group in self.apart_from:
            raise ValidationError({"not_with": _("Goods go together with their like.")})

    @property
    def apart_from(self) -> frozenset[str]:
        return frozenset(word.strip() for word in self.not_with.split(",") if word.strip())

"""How a store writes its SKU codes, and every code it has ever used (CAT-1)."""

from __future__ import annotations

from itertools import permutations
from typing import Self

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Sku
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, Store, User

# Letters, digits, and what no separator is made of.
PART = r"^[0-9A-Za-z.+#]{1,20}$"
EXTRA = r"^[.+#]*$"


class PartKind(models.TextChoices):
    CATEGORY = "category", _("category")
    BRAND = "brand", _("brand")
    SPEC = "spec", _("spec")


def _patterns() -> list[tuple[str, Promise]]:
    """Every order of the kinds, of which some may be left out; the serial ends them all."""
    kinds = list(PartKind)
    return [
        (
            "-".join(order),
            format_lazy(" – ".join(["{}"] * (count + 1)), *(k.label for k in order), _("serial")),
        )
        for count in range(len(kinds), 0, -1)
        for order in permutations(kinds, count)
    ]


class CodeScheme(models.Model):
    """How a store's SKU codes are put together. A store without one has these defaults."""

    class Separator(models.TextChoices):
        HYPHEN = "-", "-"
        UNDERSCORE = "_", "_"
        SLASH = "/", "/"

    store = models.OneToOneField(
        Store, models.PROTECT, related_name="code_scheme", verbose_name=_("store")
    )
    pattern = models.CharField(
        _("parts in order"), max_length=24, choices=_patterns(), default="category-brand-spec"
    )
    separator = models.CharField(
        _("separator"), max_length=1, choices=Separator, default=Separator.HYPHEN
    )
    serial_width = models.PositiveSmallIntegerField(
        _("digits of the serial"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
        help_text=_("At least; what has more digits is written out."),
    )
    extra_characters = models.CharField(
        _("besides letters and digits"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(EXTRA, _("Only . + and # can be allowed."))],
        help_text=_("Any of . + #"),
    )
    is_upper = models.BooleanField(_("capital letters only"), default=True)
    is_strict = models.BooleanField(
        _("strict"),
        default=False,
        help_text=_(
            "Goods whose code breaks the scheme can't enter stock for the first time. Otherwise "
            "they can, and imports and pages say what is wrong with the code."
        ),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["store_id"]
        verbose_name = _("code scheme")
        verbose_name_plural = _("code schemes")
        constraints = [
            models.CheckConstraint(
                condition=Q(pattern__in=[value for value, _label in _patterns()]),
                name="code_scheme_pattern_known",
            ),
            models.CheckConstraint(
                condition=Q(separator__in=["-", "_", "/"]), name="code_scheme_separator_known"
            ),
            models.CheckConstraint(
                condition=Q(serial_width__range=(1, 9)), name="code_scheme_serial_width"
            ),
            models.CheckConstraint(
                condition=Q(extra_characters__regex=EXTRA), name="code_scheme_extra_characters"
            ),
        ]
        triggers = recording(
            "pattern",
            "separator",
            "serial_width",
            "extra_characters",
            "is_upper",
            "is_strict",
            label="(SELECT s.code FROM stores_store s WHERE s.id = {row}.store_id)",
            inserts=True,
        )

    def __str__(self) -> str:
        return str(self.store)


class CodePartQuerySet(ScopedQuerySet):
    store_field = "scheme__store_id"

    def active(self) -> Self:
        return self.filter(is_active=True)


class CodePart(models.Model):
    """A word of a store's SKU codes and what it stands for: PHONE is 手机, 128G is 128 GB."""

    Kind = PartKind

    scheme = models.ForeignKey(
        CodeScheme, models.PROTECT, related_name="parts", verbose_name=_("scheme"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=PartKind)
    code = models.CharField(
        _("code"),
        max_length=20,
        validators=[RegexValidator(PART, _("Letters, digits and . + # only, at most 20."))],
    )
    name = models.CharField(_("name"), max_length=80)
    axis = models.CharField(
        _("what varies"),
        max_length=40,
        blank=True,
        help_text=_("Of a spec: colour, size, capacity."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = CodePartQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "axis", "code"]
        verbose_name = _("code part")
        verbose_name_plural = _("code parts")
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "kind", "code"], name="code_part_unique_scheme_kind_code"
            ),
            models.CheckConstraint(condition=Q(code__regex=PART), name="code_part_plain"),
            models.CheckConstraint(
                condition=Q(kind="spec") | Q(axis=""), name="code_part_axis_of_a_spec"
            ),
        ]
        triggers = [
            *recording(
                "code",
                "name",
                "axis",
                "is_active",
                label="{row}.code",
                store="(SELECT s.store_id FROM catalog_codescheme s WHERE s.id = {row}.scheme_id)",
                inserts=True,
            ),
            # Codes that were made of it would mean something else.
            pgtrigger.Protect(
                name="keeps_its_code",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("scheme", "kind", "code"),
            ),
        ]

    def __str__(self) -> str:
        return self.code if self.code == self.name else f"{self.code} {self.name}"


class CodeCounter(models.Model):
    """The last serial that was given out behind a stem such as PHONE-APPLE-128G."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", db_index=False)
    stem = models.CharField(_("stem"), max_length=80)
    last = models.PositiveIntegerField(_("last serial"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("code counter")
        verbose_name_plural = _("code counters")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "stem"], name="code_counter_unique_store_stem"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stem}: {self.last}"


# The trigger of a removed SKU keeps the code; see `Sku.Meta.triggers`.
_STAYS_WHAT_IT_IS = """
    IF NEW.store_id <> OLD.store_id OR NEW.code <> OLD.code
       OR (NEW.sku_id IS NOT NULL AND NEW.sku_id IS DISTINCT FROM OLD.sku_id) THEN
        RAISE EXCEPTION 'Code % has been used: it stays what it is.', OLD.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_code_stays_what_it_is';
    END IF;
    RETURN NEW;
"""
_OF_ITS_STORE = """
    IF NOT EXISTS (
        SELECT FROM catalog_sku k WHERE k.id = NEW.sku_id AND k.store_id = NEW.store_id
    ) THEN
        RAISE EXCEPTION 'Alias % is of another store than its SKU.', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sku_code_of_its_store';
    END IF;
    RETURN NEW;
"""


class SkuCode(models.Model):
    """A code that a store has used, taken for ever: a SKU's own, one it had, or an alias (CAT-1).

    The database writes a SKU's own code when the SKU is made, keeps the old one when it is renamed
    or removed, and refuses a second SKU of that code. Only aliases are added here.
    """

    class Kind(models.TextChoices):
        OWN = "own", _("own code")
        ALIAS = "alias", _("alias")
        FORMER = "former", _("former code")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    code = models.CharField(_("code"), max_length=80)
    sku = models.ForeignKey(
        Sku, models.DO_NOTHING, null=True, related_name="codes", verbose_name=_("SKU")
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    source = models.CharField(_("where it comes from"), max_length=80, blank=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"), db_index=False
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("used code")
        verbose_name_plural = _("used codes")
        constraints = [
            # By bytes, so that it also finds what begins with a stem.
            models.UniqueConstraint(
                fields=["store", "code"],
                opclasses=["int8_ops", "text_pattern_ops"],
                name="sku_code_never_twice",
            ),
            models.UniqueConstraint(
                fields=["sku"], condition=Q(kind="own"), name="sku_code_one_of_its_own"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="sku_code_not_empty"),
            models.CheckConstraint(
                condition=Q(kind="former") | Q(sku__isnull=False), name="sku_code_names_its_sku"
            ),
        ]
        indexes = [
            models.Index(OpClass(Upper("code"), "text_pattern_ops"), name="sku_code_any_prefix"),
        ]
        triggers = [
            pgtrigger.Protect(name="never_given_back", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="stays_what_it_is",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_STAYS_WHAT_IT_IS,
            ),
            pgtrigger.Trigger(
                name="of_its_store",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__kind="alias"),
                func=_OF_ITS_STORE,
            ),
        ]

    def __str__(self) -> str:
        return self.code

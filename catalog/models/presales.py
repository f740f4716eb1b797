"""Goods that are sold before they are there, and what their supplier says about them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import Sku
from catalog.models.suppliers import Supplier
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import Channel, ScopedQuerySet, Store, User


class PresaleLotQuerySet(ScopedQuerySet):
    def under_way(self) -> Self:
        """Buyers were promised something that has not been kept yet."""
        return self.filter(state__in=[PresaleLot.State.OPEN, PresaleLot.State.ENDED])

    def selling(self, at: datetime) -> Self:
        """Buyers may buy out of them at that moment."""
        return self.filter(state=PresaleLot.State.OPEN, sold__contains=at)

    def of_products(self, product_ids: Iterable[int]) -> Self:
        return self.filter(sku__product__in=list(product_ids))

    def to_end(self, at: datetime) -> Self:
        return self.filter(state=PresaleLot.State.OPEN, sold__endswith__lte=at)


class PresaleLot(models.Model):
    """So many pieces of a SKU, sold before they are there, for a day that buyers are told (CAT-11).

    `sold` is when they can be bought; `price` what a piece costs the buyer, deposit included, as
    of filing and then of opening. `balance` is when the rest is to be paid; without it the rest may
    come at any time. What was filed stays: other terms are another lot. The last answer of the
    supplier is copied here from `SupplierAnswer`, where all of them are.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        OPEN = "open", pgettext_lazy("a presale", "open")
        ENDED = "ended", _("sale over")
        FULFILLED = "fulfilled", _("fulfilled")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(
        Store, models.PROTECT, related_name="presale_lots", verbose_name=_("store"), db_index=False
    )
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="presale_lots", verbose_name=_("SKU"))
    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("channel"),
        db_index=False,
    )
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        related_name="+",
        verbose_name=_("supplier"),
        db_index=False,
    )
    offered = models.PositiveIntegerField(_("pieces offered"))
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    deposit = models.DecimalField(_("deposit"), max_digits=12, decimal_places=2)
    sold = DateTimeRangeField(_("sold"))
    promised_on = models.DateField(_("promised ship date"))
    balance = DateTimeRangeField(_("balance to be paid"), null=True)
    returns_deposit = models.BooleanField(
        _("deposit goes back when the balance is missed"), default=False, db_default=False
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    asked_at = models.DateTimeField(_("supplier asked"), null=True)
    answered_at = models.DateTimeField(_("supplier answered"), null=True)
    confirmed_for = models.DateField(_("confirmed for"), null=True)
    filed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("filed by"), db_index=False
    )
    filed_at = models.DateTimeField(_("filed"))
    opened_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
        db_index=False,
    )
    opened_at = models.DateTimeField(_("opened"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = PresaleLotQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view", "add", "change")
        permissions = [("open_presale", "Can open and cancel presales")]
        verbose_name = _("presale")
        verbose_name_plural = _("presales")
        constraints = [
            # Without a channel the range has no ends: such a lot stands against one for any
            # channel, so that each order counts once.
            ExclusionConstraint(
                name="presale_lot_one_at_a_time",
                expressions=[
                    ("sku", RangeOperators.EQUAL),
                    (
                        Func(
                            F("channel"),
                            F("channel"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("sold", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["open", "ended", "fulfilled"]),
            ),
            models.CheckConstraint(condition=Q(offered__gt=0), name="presale_lot_offers_pieces"),
            models.CheckConstraint(
                condition=Q(deposit__gte=0, deposit__lt=F("price")),
                name="presale_lot_deposit_below_price",
            ),
            models.CheckConstraint(
                condition=Q(sold__isempty=False, sold__lower_inf=False, sold__upper_inf=False),
                name="presale_lot_sold_for_a_while",
            ),
            models.CheckConstraint(
                condition=Q(balance=None)
                | Q(balance__isempty=False, balance__lower_inf=False, balance__upper_inf=False)
                & Q(deposit__gt=0),
                name="presale_lot_balance_after_deposit",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None, opened_by=None)
                | Q(state__in=["open", "ended", "fulfilled"], opened_at__isnull=False)
                | Q(state="cancelled"),
                name="presale_lot_opened_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, opened_by=None)
                | Q(opened_at__isnull=False, opened_by__isnull=False) & ~Q(opened_by=F("filed_by")),
                name="presale_lot_opened_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "open", "ended"], closed_at=None)
                | Q(state="fulfilled", closed_at__isnull=False)
                | Q(state="cancelled", closed_at__isnull=False) & ~Q(reason=""),
                name="presale_lot_closed_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_for=None) | Q(answered_at__isnull=False),
                name="presale_lot_confirmed_by_an_answer",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="presale_lot_list"),
            models.Index(
                fields=["store", "sku"],
                condition=Q(state__in=["open", "ended"]),
                name="presale_lot_under_way",
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="what_was_filed_stays",
                fields=[
                    "store",
                    "sku",
                    "channel",
                    "supplier",
                    "offered",
                    "deposit",
                    "promised_on",
                    "balance",
                    "returns_deposit",
                    "filed_by",
                    "filed_at",
                ],
            ),
            pgtrigger.Trigger(
                name="only_ends_sooner",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF lower(NEW.sold) IS DISTINCT FROM lower(OLD.sold)
                       OR NOT NEW.sold <@ OLD.sold THEN
                        RAISE EXCEPTION 'A presale is only ever ended sooner.';
                    END IF;
                    RETURN NEW;
                """,
            ),
            *recording(
                "state",
                "price",
                "deposit",
                "offered",
                "sold",
                "promised_on",
                "balance",
                "returns_deposit",
                "confirmed_for",
                "reason",
                label="(SELECT k.code FROM catalog_sku k WHERE k.id = {row}.sku_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.promised_on}"

    @property
    def begins(self) -> datetime:
        return self.sold.lower

    @property
    def ends(self) -> datetime:
        return self.sold.upper


class SupplierAnswerQuerySet(ScopedQuerySet):
    store_field = "lot__store_id"


class SupplierAnswer(models.Model):
    """One step of asking the supplier whether a presale's goods come in time. Never changed.

    `paper` names what it stands on: a mail, a letter, an order's number.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", _("asked")
        CONFIRMED = "confirmed", _("confirmed")
        REFUSED = "refused", _("refused")

    lot = models.ForeignKey(
        PresaleLot, models.PROTECT, related_name="answers", verbose_name=_("presale")
    )
    kind = models.CharField(_("step"), max_length=10, choices=Kind)
    day = models.DateField(_("goods are in stock on"), null=True, blank=True)
    paper = models.CharField(_("paper"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    entered_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("entered by"), db_index=False
    )
    at = models.DateTimeField(_("at"))

    objects = SupplierAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        verbose_name = _("supplier's answer")
        verbose_name_plural = _("suppliers' answers")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="confirmed", day__isnull=False)
                | Q(kind__in=["asked", "refused"], day=None),
                name="supplier_answer_confirms_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind="asked") | ~Q(paper="", note=""),
                name="supplier_answer_stands_on_something",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            *recording(
                "kind",
                "day",
                "paper",
                "note",
                label="(SELECT k.code FROM catalog_presalelot p JOIN catalog_sku k"
                " ON k.id = p.sku_id WHERE p.id = {row}.lot_id)",
                store="(SELECT p.store_id FROM catalog_presalelot p WHERE p.id = {row}.lot_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.lot_id}"

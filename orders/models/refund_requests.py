"""Money that somebody asks to give back, until it is agreed to."""

from __future__ import annotations

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opsdesk.approvals.models import Approval
from opsdesk.audit.triggers import recording
from opsdesk.stores.models import ScopedQuerySet, User
from orders.models.orders import Order

# Two requests at once take turns at the order: the second sees the first. A check violation, so
# that it is an IntegrityError like that of any constraint.
_WITHIN_PAID = """
    SELECT o.paid_amount - o.refunded_amount INTO room FROM orders_order o
    WHERE o.id = NEW.order_id FOR NO KEY UPDATE;
    SELECT room - coalesce(sum(r.amount), 0) INTO room FROM orders_refundrequest r
    WHERE r.order_id = NEW.order_id AND r.state IN ('asked', 'approved') AND r.id <> NEW.id;
    IF NEW.amount > room THEN
        RAISE EXCEPTION 'refund_request_within_paid: % left', room
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_STATES = [
    ("asked", "approved"),
    ("asked", "refused"),
    ("asked", "withdrawn"),
    ("asked", "void"),
    ("approved", "void"),
    ("approved", "paid"),
]


class RefundRequestQuerySet(ScopedQuerySet):
    store_field = "order__store_id"

    def open(self) -> Self:
        """Asked for or agreed to, and not paid out: money that nobody else may ask for."""
        return self.filter(state__in=RefundRequest.OPEN)

    def counted(self) -> Self:
        """What counts towards a limit: refused and withdrawn ones don't."""
        return self.filter(state__in=[*RefundRequest.OPEN, RefundRequest.State.PAID])

    def locked(self) -> Self:
        """Lock the rows, always in the same order so that callers can't deadlock."""
        return self.select_for_update(of=("self",)).order_by("pk")


class RefundRequest(models.Model):
    """So much of what was paid for an order is to go back, and why (ORD-5).

    With what is open besides and what went back it is never more than was paid: the database holds
    that. `lines` says of which goods (line id, SKU code, pieces, amount), empty for money alone.
    Small ones are `is_alone`: agreed to by who asked. Paying out is not done here.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        APPROVED = "approved", _("agreed to")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        VOID = "void", _("void")
        PAID = "paid", _("paid out")

    OPEN = (State.ASKED, State.APPROVED)

    order = models.ForeignKey(
        Order, models.PROTECT, related_name="refund_requests", verbose_name=_("order")
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("reason"), max_length=300)
    lines = models.JSONField(_("lines"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    is_alone = models.BooleanField(_("agreed to alone"), default=False)
    approval = models.OneToOneField(
        Approval,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("request for approval"),
    )
    asked_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("asked for by"), db_index=False
    )
    asked_at = models.DateTimeField(_("asked for at"))
    settled_at = models.DateTimeField(_("settled"), null=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = RefundRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ("view",)
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        permissions = [
            ("request_refund", "Can ask for a refund"),
            ("refund_alone", "Can agree to small refunds of their own"),
            ("approve_refund", "Can agree to refunds that others ask for"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="refund_request_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", settled_at=None)
                | (~Q(state="asked") & Q(settled_at__isnull=False)),
                name="refund_request_settled_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"])
                | Q(is_alone=True)
                | Q(approval__isnull=False),
                name="refund_request_agreed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "asked_at"], name="refund_request_sums"),
            models.Index(
                fields=["id"], condition=Q(state="asked"), name="refund_request_undecided"
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="states", field="state", transitions=_STATES),
            pgtrigger.ReadOnly(
                name="what_is_asked_stays",
                fields=["order", "amount", "lines", "is_alone", "asked_by", "asked_at"],
            ),
            pgtrigger.Trigger(
                name="within_paid",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Condition("NEW.state IN ('asked', 'approved')"),
                declare=[("room", "numeric")],
                func=_WITHIN_PAID,
            ),
            *recording(
                "amount",
                "state",
                "note",
                label="(SELECT o.external_number FROM orders_order o WHERE o.id = {row}.order_id)",
                store="(SELECT o.store_id FROM orders_order o WHERE o.id = {row}.order_id)",
                inserts=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} · {self.order_id}"

"""Where an order stands, in four small states."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Review(models.TextChoices):
    WAITING = "waiting", _("to review")
    PASSED = "passed", _("passed")
    HELD = "held", _("held")
    NOT_TRACKED = "not_tracked", _("not tracked")


class Payment(models.TextChoices):
    UNPAID = "unpaid", _("unpaid")
    PAID = "paid", _("paid")
    PART_REFUNDED = "part_refunded", _("partly refunded")
    REFUNDED = "refunded", _("refunded")


class Fulfilment(models.TextChoices):
    WAITING = "waiting", _("waiting for stock")
    RESERVED = "reserved", _("to ship")
    SHIPPED = "shipped", _("shipped")
    DELIVERED = "delivered", _("delivered")
    CANCELLED = "cancelled", _("cancelled")
    NOT_TRACKED = "not_tracked", _("not tracked")


class AfterSales(models.TextChoices):
    NONE = "none", _("none")
    REQUESTED = "requested", _("requested")
    CLOSED = "closed", _("closed")

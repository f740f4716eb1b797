"""What a channel says of a store in a figure a day: each figure has a code, a unit, a good side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import wording
from opsdesk.stores.roles import Role

PLACES = 4


class Measure(models.TextChoices):
    """What a figure is counted in."""

    MONEY = "money", _("in the store's currency")
    COUNT = "count", _("a number of")
    PERCENT = "percent", _("percent")
    SCORE = "score", _("a score")


class Good(models.TextChoices):
    """Which way is better."""

    UP = "up", _("the higher, the better")
    DOWN = "down", _("the lower, the better")
    NONE = "none", _("neither")


# The most that a figure can be, where it says nothing itself.
_MOST = {Measure.PERCENT: Decimal(100)}
_ANYTHING = Decimal("999999999999")


@dataclass(frozen=True)
class Figure:
    """A figure that channels tell of a store, a value for each day.

    With `is_of_day` it adds up in the course of the day, so that it says something once the day is
    over; else it is a level, as it stands when it is read. `names` are what files call it besides
    its code; with `has_benchmark` channels tell the industry's value, too. `owner_role` acts on it.
    """

    code: str
    title: str | Promise
    measure: Measure
    good: Good = Good.NONE
    has_benchmark: bool = False
    is_of_day: bool = False
    most: Decimal | None = None
    names: tuple[str, ...] = ()
    owner_role: Role = Role.OPERATIONS_LEAD

    def why_not(self, value: Decimal) -> str:
        """Why it can't have this value; empty if it can."""
        facts = {"title": self.title, "value": shortest(value)}
        most = self.most or _MOST.get(self.measure, _ANYTHING)
        if value < 0:
            return gettext("%(title)s can't be negative: %(value)s.") % facts
        if value > most:
            words = gettext("%(title)s is at most %(most)s, not %(value)s.")
            return words % {**facts, "most": shortest(most)}
        if self.measure == Measure.COUNT and value != value.to_integral_value():
            return gettext("%(title)s is a whole number, not %(value)s.") % facts
        return ""

    def shown(self, value: Decimal | None, currency: str) -> str:
        """The value as people read it."""
        if value is None:
            return "—"
        if self.measure == Measure.MONEY:
            return wording.money(value, currency)
        return f"{shortest(value)} %" if self.measure == Measure.PERCENT else shortest(value)


class UnknownFigure(LookupError):
    """Nobody registers a figure with this code."""


_figures: dict[str, Figure] = {}


def register(*figures: Figure) -> None:
    for figure in figures:
        known = _figures.setdefault(figure.code, figure)
        if known != figure:
            raise ValueError(f"Two figures are called {figure.code}.")


def all_figures() -> list[Figure]:
    """In the order in which they were registered."""
    return list(_figures.values())


def get(code: str) -> Figure:
    try:
        return _figures[code]
    except KeyError as error:
        raise UnknownFigure(f"No figure is called {code}.") from error


def named(code: str) -> Figure:
    """The figure, or one that says nothing but its code where nobody registers it any more."""
    return _figures.get(code) or Figure(code, code, Measure.SCORE)


def by_name() -> dict[str, Figure]:
    """What files may call a figure, without case → the figure."""
    return {
        name.casefold(): figure
        for figure in _figures.values()
        for name in (figure.code, *figure.names)
    }


def title_of(code: str) -> str:
    """In the reader's language; its code where nobody registers it any more."""
    return str(_figures[code].title) if code in _figures else code


def choices(codes: Iterable[str] | None = None) -> list[tuple[str, str]]:
    return [(code, title_of(code)) for code in (_figures if codes is None else codes)]


def shortest(value: Decimal) -> str:
    """Plain digits, without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


AD_BALANCE = Figure(
    "ad_balance",
    _("Ad balance"),
    Measure.MONEY,
    Good.UP,
    names=("推广余额", "账户余额"),
    owner_role=Role.MARKETING_OPERATOR,
)
AD_SPEND = Figure(
    "ad_spend",
    _("Ad spend"),
    Measure.MONEY,
    is_of_day=True,
    names=("推广花费", "花费"),
    owner_role=Role.MARKETING_OPERATOR,
)
PAYMENT_METHODS_FAILING = Figure(
    "payment_methods_failing",
    _("Payment methods that fail"),
    Measure.COUNT,
    Good.DOWN,
    names=("异常支付方式数",),
)
COMPLAINTS_OPEN = Figure(
    "complaints_open",
    _("Complaints without an answer"),
    Measure.COUNT,
    Good.DOWN,
    names=("待处理投诉",),
    owner_role=Role.SERVICE_LEAD,
)
REVIEWS_UNANSWERED = Figure(
    "reviews_unanswered",
    _("Reviews without an answer"),
    Measure.COUNT,
    Good.DOWN,
    names=("待回复评价",),
    owner_role=Role.CUSTOMER_SERVICE,
)
VIOLATIONS_OPEN = Figure(
    "violations_open",
    _("Reports and violations without an answer"),
    Measure.COUNT,
    Good.DOWN,
    names=("待处理违规",),
)
POINTS_DEDUCTED = Figure(
    "points_deducted",
    _("Points deducted without an answer"),
    Measure.COUNT,
    Good.DOWN,
    names=("违规扣分", "扣分"),
)


def _score(
    code: str, title: str | Promise, most: int, name: str, owner: Role = Role.SERVICE_LEAD
) -> Figure:
    return Figure(
        code,
        title,
        Measure.SCORE,
        Good.UP,
        has_benchmark=True,
        most=Decimal(most),
        names=(name,),
        owner_role=owner,
    )


DSR_DESCRIPTION = _score(
    "dsr_description", _("DSR: as described"), 5, "描述相符", Role.OPERATIONS_LEAD
)
DSR_SERVICE = _score("dsr_service", _("DSR: service"), 5, "服务态度")
DSR_LOGISTICS = _score("dsr_logistics", _("DSR: delivery"), 5, "物流服务", Role.OPERATIONS_LEAD)
AFTER_SALES_INDEX = _score("after_sales_index", _("After-sales index"), 100, "售后综合指数")
UV = Figure(
    "uv",
    _("Visitors (UV)"),
    Measure.COUNT,
    Good.UP,
    is_of_day=True,
    names=("访客数",),
    owner_role=Role.MARKETING_OPERATOR,
)
PV = Figure(
    "pv",
    _("Page views (PV)"),
    Measure.COUNT,
    Good.UP,
    is_of_day=True,
    names=("浏览量",),
    owner_role=Role.MARKETING_OPERATOR,
)
CONVERSION = Figure(
    "conversion",
    _("Conversion"),
    Measure.PERCENT,
    Good.UP,
    has_benchmark=True,
    is_of_day=True,
    names=("支付转化率", "转化率"),
)
REFUND_RATE = Figure(
    "refund_rate",
    _("Refund rate"),
    Measure.PERCENT,
    Good.DOWN,
    has_benchmark=True,
    is_of_day=True,
    names=("退款率",),
    owner_role=Role.SERVICE_LEAD,
)
FIGURES = (
    AD_BALANCE,
    AD_SPEND,
    PAYMENT_METHODS_FAILING,
    COMPLAINTS_OPEN,
    REVIEWS_UNANSWERED,
    VIOLATIONS_OPEN,
    POINTS_DEDUCTED,
    DSR_DESCRIPTION,
    DSR_SERVICE,
    DSR_LOGISTICS,
    AFTER_SALES_INDEX,
    UV,
    PV,
    CONVERSION,
    REFUND_RATE,
)

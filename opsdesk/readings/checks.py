"""What the daily inspection asks of the figures that channels tell (INS-1, 5, 7, 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from django.utils.translation import gettext_lazy as _

from opsdesk.alerts.checks import AlertKind
from opsdesk.inspection.checks import Check, Seen
from opsdesk.readings import figures, numbers
from opsdesk.readings.figures import shortest
from opsdesk.readings.models import Reading
from opsdesk.readings.services.newest import DAY, Missing, Newest, history, newest
from opsdesk.readings.watching import Look, Usual, Verdict, key_of, unusual, value_of
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

_WORDS = {"figure": {figure.code: figure.title for figure in figures.FIGURES}}
_OF_A_READING = {"figure": _("figure"), "day": _("business day"), "value": _("value")}

AD_BALANCE = AlertKind(
    code="readings.ad_balance",
    title=_("The ad balance does not last the day"),
    clause="INS-1",
    runbook=_("Top the ad account up, or lower the day's budget, before the ads stop."),
    evidence={**_OF_A_READING, "spend": _("a usual day's spend"), "needed": _("needed")},
    words=_WORDS,
)
PAYMENT = AlertKind(
    code="readings.payment",
    title=_("Payment methods fail"),
    clause="INS-1",
    runbook=_(
        "Try each way to pay on the storefront. Tell the platform or provider, and put a notice up "
        "while one does not work."
    ),
    evidence=_OF_A_READING,
    words=_WORDS,
)
UNANSWERED = AlertKind(
    code="readings.unanswered",
    title=_("Waits for an answer on the channel"),
    clause="INS-5",
    runbook=_("Open the channel's own desk and answer each one before its platform's deadline."),
    evidence=_OF_A_READING,
    words=_WORDS,
)
INDEX = AlertKind(
    code="readings.index",
    title=_("A store rating falls or lies below the industry"),
    clause="INS-7",
    runbook=_(
        "Look at the figure's history, read the reviews and after-sales cases of the last days, "
        "and say what is done about their cause."
    ),
    evidence={
        **_OF_A_READING,
        "before": _("before"),
        "before_day": _("before, on"),
        "change": _("change in percent"),
        "industry": _("industry"),
    },
    words=_WORDS,
)
RANGE = AlertKind(
    code="readings.unusual",
    title=_("A figure is outside its usual range"),
    clause="INS-8",
    runbook=_(
        "Open the figure's history. Look for a cause of the day: an activity, a price, stock, a "
        "broken page or a feed that sent half."
    ),
    evidence={
        **_OF_A_READING,
        "low": _("usual from"),
        "high": _("usual to"),
        "middle": _("usual middle"),
        "weeks": _("weeks looked at"),
    },
    words=_WORDS,
)
KINDS = (AD_BALANCE, PAYMENT, UNANSWERED, INDEX, RANGE)


def _balance(store: Store, at: datetime) -> Seen:
    told = newest(store, [figures.AD_BALANCE], at=at)
    today = store.business_date(at)
    days = int(value_of(numbers.SPEND_DAYS, store, at))
    times = value_of(numbers.BALANCE, store, at)
    spent = history(store, [figures.AD_SPEND], today - days * DAY, today - DAY)
    usual = {
        channel: Decimal(median(row.value for row in rows)) for (channel, _f), rows in spent.items()
    }
    unspent = [each for each in told.found if each.channel_id not in usual]
    found = [each for each in told.found if each.channel_id in usual]
    missing = [Missing(each.channel, figures.AD_SPEND, today - DAY) for each in unspent]

    def judge(reading: Reading) -> Verdict | None:
        spend = usual[reading.channel_id]
        needed = (spend * times).quantize(Decimal("0.01"))
        if reading.value >= needed:
            return None
        severity = "critical" if reading.value < needed / 2 else "warning"
        return Verdict(severity, {"spend": shortest(spend), "needed": shortest(needed)})

    look = Look(store, at, AD_BALANCE, numbers.URGENT_WITHIN)
    return look.tell(Newest(found, [*told.missing, *missing]), judge)


def _payment(store: Store, at: datetime) -> Seen:
    told = newest(store, [figures.PAYMENT_METHODS_FAILING], at=at)
    look = Look(store, at, PAYMENT, numbers.URGENT_WITHIN)
    return look.tell(told, lambda reading: Verdict("critical") if reading.value else None)


_WAITING = (
    figures.COMPLAINTS_OPEN,
    figures.REVIEWS_UNANSWERED,
    figures.VIOLATIONS_OPEN,
    figures.POINTS_DEDUCTED,
)
# What a platform punishes by itself when nobody answers.
_GRAVE = {figures.VIOLATIONS_OPEN.code, figures.POINTS_DEDUCTED.code}


def _unanswered(store: Store, at: datetime) -> Seen:
    def judge(reading: Reading) -> Verdict | None:
        if not reading.value:
            return None
        return Verdict("critical" if reading.figure in _GRAVE else "warning")

    return Look(store, at, UNANSWERED).tell(newest(store, _WAITING, at=at), judge)


_RATINGS = (
    figures.DSR_DESCRIPTION,
    figures.DSR_SERVICE,
    figures.DSR_LOGISTICS,
    figures.AFTER_SALES_INDEX,
)


def _index(store: Store, at: datetime) -> Seen:
    told = newest(store, _RATINGS, at=at)
    fall = value_of(numbers.FALL, store, at)
    today = store.business_date(at)
    days = int(value_of(numbers.STILL_TOLD, store, at))
    earlier = history(store, _RATINGS, today - days * DAY, today)

    def judge(reading: Reading) -> Verdict | None:
        rows = earlier.get((reading.channel_id, reading.figure), [])
        before = next((row for row in reversed(rows) if row.day < reading.day), None)
        change = _change(before.value, reading.value) if before else None
        falls = change is not None and change < -fall
        below = reading.industry is not None and reading.value < reading.industry
        if not (falls or below):
            return None
        evidence: dict[str, Any] = {}
        if before is not None and change is not None:
            evidence |= {"before": shortest(before.value), "before_day": before.day.isoformat()}
            evidence["change"] = shortest(change)
        if reading.industry is not None:
            evidence["industry"] = shortest(reading.industry)
        return Verdict("critical" if falls and below else "warning", evidence)

    return Look(store, at, INDEX).tell(told, judge)


def _change(before: Decimal, now: Decimal) -> Decimal | None:
    """In percent; None where there was nothing."""
    return ((now - before) / before * 100).quantize(Decimal("0.01")) if before else None


_TRAFFIC = (figures.UV, figures.PV, figures.CONVERSION, figures.REFUND_RATE)


def _range(store: Store, at: datetime) -> Seen:
    told, usual = newest(store, _TRAFFIC, at=at), Usual.of(store, at)
    today = store.business_date(at)
    past = history(store, _TRAFFIC, today - (7 * usual.weeks + 7) * DAY, today - DAY)
    look = Look(store, at, RANGE)

    def judge(reading: Reading) -> Verdict | None:
        days = set(usual.days_before(reading.day))
        rows = past.get((reading.channel_id, reading.figure), [])
        expected = usual.range_of([row.value for row in rows if row.day in days])
        if expected is None:
            look.unknown.add(key_of(reading.channel_id, figures.get(reading.figure)))
            return None
        return unusual(figures.get(reading.figure), reading.value, expected)

    return look.tell(told, judge)


_COUNTS = {
    "judged": _("figures looked at"),
    "found": _("figures that need somebody"),
    "missing": _("figures that have not come"),
    "unknown": _("figures with too few days"),
}
_OPEN = _("Open the finding: it leads to the figure's history.")


def _check(
    code: str, kind: AlertKind, look: Callable[[Store, datetime], Seen], **words: Any
) -> Check:
    words["steps"] = (_OPEN, *words["steps"])
    words["numbers"] = (numbers.EXPECTED, numbers.STILL_TOLD, *words["numbers"])
    return Check(code=code, kinds=(kind,), look=look, figures=_COUNTS, **words)


CHECKS = (
    _check(
        "INS-1.ad_balance",
        AD_BALANCE,
        _balance,
        title=_("The ad balance is enough for the day"),
        looks_at=_("Each channel's ad balance against what it usually spends in a day."),
        steps=(_("Top up the channels that are short, or lower their budgets."),),
        owner_role=Role.MARKETING_OPERATOR,
        numbers=(numbers.BALANCE, numbers.SPEND_DAYS, numbers.URGENT_WITHIN),
    ),
    _check(
        "INS-1.payment",
        PAYMENT,
        _payment,
        title=_("Payment methods work"),
        looks_at=_("How many ways to pay fail, as each channel tells."),
        steps=(_("Try each way to pay, and tell the provider of those that fail."),),
        owner_role=Role.OPERATIONS_LEAD,
        numbers=(numbers.URGENT_WITHIN,),
    ),
    _check(
        "INS-5.unanswered",
        UNANSWERED,
        _unanswered,
        title=_("Complaints, reviews, reports and deducted points have an answer"),
        looks_at=_("What each channel says is open and waits for an answer."),
        steps=(_("Answer on the channel's own desk; a deduction can be appealed there."),),
        owner_role=Role.SERVICE_LEAD,
        numbers=(numbers.ACT_WITHIN,),
    ),
    _check(
        "INS-7.index",
        INDEX,
        _index,
        title=_("DSR and after-sales index hold"),
        looks_at=_("Each rating against the day before and against the industry."),
        steps=(_("Find what buyers complained of, and say what is done about it."),),
        owner_role=Role.SERVICE_LEAD,
        numbers=(numbers.FALL, numbers.ACT_WITHIN),
    ),
    _check(
        "INS-8.range",
        RANGE,
        _range,
        title=_("Traffic, conversion and refund rate are as usual"),
        looks_at=_("Yesterday's figures against the same weekday of the weeks before."),
        steps=(_("Look for what was different yesterday; tell whoever has to act."),),
        owner_role=Role.OPERATIONS_LEAD,
        numbers=(*numbers.OF_RANGES, numbers.ACT_WITHIN),
    ),
)

"""What people have put on each other's desks, and what they did about what they found there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from opsdesk.alerts import services as alerts
from opsdesk.alerts.models import Alert, Severity
from opsdesk.stores.roles import Role
from orders import checks


@dataclass(frozen=True, slots=True)
class Request:
    """Raised so many hours ago for a role, to be done in so many hours from now."""

    owner: Role
    title: str
    hours_ago: float
    hours_left: float
    money: int | None = None
    severity: Severity = Severity.WARNING
    raised_by: Role = Role.OPERATIONS_LEAD
    note: str = ""


REQUESTS = (
    Request(
        Role.OPERATIONS_LEAD,
        "Decide whether the 满200减30 offer runs again next weekend",
        26,
        5,
        18400,
        raised_by=Role.MARKETING_LEAD,
        note="Last time it cost 6.2 points of margin and brought 31 % more orders.",
    ),
    Request(
        Role.OPERATIONS_LEAD,
        "Tmall rating went from 4.9 to 4.8: agree on who does what",
        9,
        22,
        raised_by=Role.SERVICE_LEAD,
        severity=Severity.INFO,
    ),
    Request(
        Role.CATALOG_OPERATOR,
        "Main picture of 山野高山乌龙茶 still shows last year's tin",
        20,
        -2,
        raised_by=Role.MARKETING_OPERATOR,
    ),
    Request(
        Role.CATALOG_OPERATOR,
        "Supplier asks for the reorder of 远行轻量双肩包 by tonight",
        6,
        7,
        21900,
        raised_by=Role.WAREHOUSE,
    ),
    Request(
        Role.ORDER_REVIEWER,
        "Five orders to one door in 浦东新区 within an hour: look before they leave",
        2,
        1,
        1395,
        severity=Severity.CRITICAL,
        raised_by=Role.CUSTOMER_SERVICE,
    ),
    Request(
        Role.WAREHOUSE,
        "Carrier picks up an hour earlier today: hand over by 16:00",
        5,
        3,
        severity=Severity.CRITICAL,
    ),
    Request(
        Role.WAREHOUSE,
        "Recount 北辰光床头小夜灯: two buyers got MOON instead of WARM",
        30,
        -4,
        178,
        raised_by=Role.SERVICE_LEAD,
    ),
    Request(
        Role.CUSTOMER_SERVICE,
        "Call back three buyers whose 木语双层玻璃杯 arrived broken",
        19,
        -1,
        117,
        severity=Severity.CRITICAL,
        raised_by=Role.SERVICE_LEAD,
    ),
    Request(
        Role.CUSTOMER_SERVICE,
        "Tell yesterday's buyers of 果里坚果礼盒 that it ships a day later",
        4,
        2,
        2560,
        raised_by=Role.WAREHOUSE,
    ),
    Request(
        Role.SERVICE_LEAD,
        "Platform dispute over a torn backpack: evidence is due",
        44,
        6,
        219,
        severity=Severity.CRITICAL,
        raised_by=Role.CUSTOMER_SERVICE,
        note="Packing photo and the buyer's first message are in the case.",
    ),
    Request(
        Role.SERVICE_LEAD,
        "First replies took 48 s on Saturday evening: check the shift plan",
        31,
        40,
        raised_by=Role.ANALYST,
        severity=Severity.INFO,
    ),
    Request(
        Role.MARKETING_OPERATOR,
        "Banner on the Douyin page still shows the coupon that ended on Sunday",
        7,
        -1,
        600,
        severity=Severity.CRITICAL,
        raised_by=Role.CUSTOMER_SERVICE,
    ),
    Request(
        Role.MARKETING_OPERATOR,
        "Run-down of Thursday's live session is missing two products",
        10,
        30,
    ),
    Request(
        Role.MARKETING_LEAD,
        "Say yes or no to twelve samples for the tea blogger",
        28,
        4,
        1056,
        raised_by=Role.MARKETING_OPERATOR,
    ),
    Request(
        Role.MARKETING_LEAD,
        "Ad balance covers 1.4 days at today's pace",
        3,
        9,
        5200,
        severity=Severity.CRITICAL,
        raised_by=Role.FINANCE,
    ),
    Request(
        Role.FINANCE,
        "Tmall payout is 1,284.50 short of Friday's orders",
        22,
        2,
        1285,
        severity=Severity.CRITICAL,
    ),
    Request(
        Role.FINANCE,
        "Four buyers wait for their invoices since last week",
        50,
        -3,
        932,
        raised_by=Role.CUSTOMER_SERVICE,
    ),
    Request(
        Role.ANALYST,
        "Douyin turns fewer visits into orders since yesterday: find out why",
        12,
        8,
        7600,
    ),
    Request(
        Role.ANALYST,
        "Figures of the big sale for Wednesday's review",
        33,
        36,
        raised_by=Role.MARKETING_LEAD,
        severity=Severity.INFO,
    ),
    Request(
        Role.ADMINISTRATOR,
        "The key of the carrier's interface expires in five days",
        16,
        80,
        severity=Severity.CRITICAL,
        raised_by=Role.WAREHOUSE,
    ),
    Request(
        Role.ADMINISTRATOR,
        "New colleague in customer service needs a log-in",
        5,
        4,
        raised_by=Role.SERVICE_LEAD,
    ),
)

# Dealt with already, so that the history of alerts shows more than open ones.
SETTLED = Request(
    Role.FINANCE,
    "Refund of a doubled payment on Tmall",
    70,
    -46,
    128,
    raised_by=Role.CUSTOMER_SERVICE,
)


def plan_desks(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    for request in REQUESTS:
        raised_at = end - timedelta(hours=request.hours_ago)
        timeline.plan(raised_at, partial(_raise, it, request, end))
    timeline.plan(end - timedelta(hours=SETTLED.hours_ago), partial(_settle, it, timeline, end))
    timeline.plan(end - timedelta(hours=8), partial(_close_too_early, it))
    timeline.plan(end - timedelta(hours=2), partial(_act, it))


def _raise(it: Demonstration, request: Request, end: datetime, at: datetime) -> Alert:
    return alerts.raise_by_hand(
        store=it.store,
        title=request.title,
        owner_role=request.owner,
        actor=it.people[request.raised_by],
        severity=request.severity,
        deadline_at=end + timedelta(hours=request.hours_left),
        money_at_risk=None if request.money is None else Decimal(request.money),
        note=request.note,
        at=at,
    )


def _settle(it: Demonstration, timeline: Timeline, end: datetime, at: datetime) -> None:
    alert = _raise(it, SETTLED, end, at)
    resolve = partial(
        alerts.resolve,
        alert_ids=[alert.pk],
        actor=it.people[Role.FINANCE],
        note="Paid back through Tmall, reference sent to the buyer.",
    )
    timeline.plan(at + timedelta(hours=19), lambda moment: resolve(at=moment))


def _close_too_early(it: Demonstration, at: datetime) -> None:
    """Somebody resolves a shortage that is still there: the next look reopens it."""
    alert = Alert.objects.open().filter(check_code=checks.SHORTAGE.code).order_by("pk").first()
    if alert:
        alerts.resolve(
            alert_ids=[alert.pk],
            actor=it.people[Role.CATALOG_OPERATOR],
            note="Supplier promises goods for tomorrow.",
            at=at,
        )


def _act(it: Demonstration, at: datetime) -> None:
    """Some alerts are in somebody's hands, one sleeps until tomorrow."""
    people = it.people

    def titled(part: str) -> list[int]:
        found = Alert.objects.filter(store=it.store, subject_label__contains=part)
        return list(found.values_list("pk", flat=True))

    payout = titled("payout")
    alerts.acknowledge(alert_ids=payout, actor=people[Role.FINANCE], at=at)
    alerts.comment(
        alert_id=payout[0],
        note="Asked Tmall for the statement of the day, answer expected by noon.",
        actor=people[Role.FINANCE],
        at=at + timedelta(minutes=3),
    )
    alerts.snooze(
        alert_ids=titled("shift plan"),
        until=at + timedelta(hours=20),
        actor=people[Role.SERVICE_LEAD],
        at=at,
    )
    alerts.assign(
        alert_ids=titled("Recount"),
        assignee=people[Role.WAREHOUSE],
        actor=people[Role.OPERATIONS_LEAD],
        at=at,
    )
    confirm = Alert.objects.open().filter(store=it.store, check_code="orders.confirm")
    oldest = list(confirm.order_by("opened_at", "pk").values_list("pk", flat=True)[:2])
    alerts.acknowledge(alert_ids=oldest, actor=people[Role.ORDER_REVIEWER], at=at)

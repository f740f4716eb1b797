"""Who carries the demonstration's parcels: papers, where they deliver, what they ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from analytics.demo.opening import Demonstration
from fulfillment.models import (
    Carrier,
    CarrierService,
    CompensationKind,
    CompensationRule,
    CoverageArea,
    DeliveryPromise,
    FreightInsurance,
    FreightRow,
    FreightTemplate,
    InsuranceBand,
    PaperKind,
    PriceRow,
    PriceTable,
    Surcharge,
)
from fulfillment.services.papers import Paper, add_document
from opsdesk.paper import Sheet
from opsdesk.stores.roles import Role

# Provinces by how far they are from the warehouses in the east (GB/T 2260).
NEAR = ("31", "32", "33", "34")
MIDDLE = ("11", "12", "13", "35", "36", "37", "41", "42", "43", "44")
FAR = ("14", "21", "22", "23", "45", "46", "50", "51", "52", "53", "61", "62", "63")
REMOTE = ("15", "54", "64", "65")


@dataclass(frozen=True)
class Terms:
    """What the first and each further kilogram cost: near, in the middle, far, in remote places."""

    code: str
    name: str
    kuaidi100: str
    service: str
    prices: tuple[tuple[str, str], ...]
    extra_days: tuple[int, ...]
    share: float
    serves_remote: bool = True


AT_HOME = (
    Terms(
        "sf",
        "顺丰速运 SF Express",
        "shunfeng",
        "标快 Standard",
        (("12.00", "2.00"), ("18.00", "6.00"), ("22.00", "9.00"), ("26.00", "18.00")),
        (0, 0, 1, 2),
        0.30,
    ),
    Terms(
        "yto",
        "圆通速递 YTO",
        "yuantong",
        "标准 Standard",
        (("3.60", "1.00"), ("4.50", "2.50"), ("6.00", "4.00"), ("12.00", "12.00")),
        (0, 1, 2, 3),
        0.28,
    ),
    Terms(
        "zto",
        "中通快递 ZTO",
        "zhongtong",
        "标准 Standard",
        (("3.80", "1.00"), ("4.60", "2.20"), ("5.80", "3.80"), ("13.00", "13.00")),
        (0, 1, 2, 3),
        0.27,
        serves_remote=False,
    ),
    Terms(
        "jd",
        "京东快递 JD Logistics",
        "jd",
        "特快 Express",
        (("9.00", "2.00"), ("13.00", "4.00"), ("16.00", "6.00"), ("21.00", "14.00")),
        (0, 0, 1, 2),
        0.15,
    ),
)
ABROAD = (
    Terms("ups", "UPS", "", "Ground", (("7.90", "0.60"),), (0,), 0.7),
    Terms("usps", "USPS", "", "Priority Mail", (("8.60", "0.45"),), (0,), 0.3),
)


def terms_of(it: Demonstration) -> tuple[Terms, ...]:
    return AT_HOME if it.is_at_home else ABROAD


def sign_up_carriers(it: Demonstration, *, at: datetime, end: datetime) -> None:
    """Carriers with their terms since the store opened; one permit runs out soon after `end`."""
    since = it.store.business_date(at)
    for terms in terms_of(it):
        carrier = Carrier.objects.create(
            store=it.store,
            code=terms.code,
            name=terms.name,
            kuaidi100_code=terms.kuaidi100,
            easypost_code="" if it.is_at_home else terms.code.upper(),
        )
        service = CarrierService.objects.create(
            carrier=carrier, code="standard", name=terms.service
        )
        _deliver_to(it, service, terms)
        _ask_for(it, service, terms, since)
    if it.is_at_home:
        _hand_in_papers(it, at=at, end=end)
    _promise(it, since)


def _zones(it: Demonstration) -> tuple[tuple[str, ...], ...]:
    return (NEAR, MIDDLE, FAR, REMOTE) if it.is_at_home else (("US",),)


def _deliver_to(it: Demonstration, service: CarrierService, terms: Terms) -> None:
    CoverageArea.objects.bulk_create(
        CoverageArea(
            service=service,
            region=region,
            extra_days=days,
            is_delivered=terms.serves_remote or zone is not REMOTE,
        )
        for zone, days in zip(_zones(it), terms.extra_days, strict=True)
        for region in zone
    )


def _ask_for(it: Demonstration, service: CarrierService, terms: Terms, since: date) -> None:
    table = PriceTable.objects.create(
        service=service,
        name=f"{terms.code.upper()} {since.year}",
        currency=it.store.currency,
        valid_from=since,
        divisor=6000 if it.is_at_home else 5000,
    )
    PriceRow.objects.bulk_create(
        PriceRow(
            table=table,
            region=region,
            first_grams=1000,
            first_price=Decimal(first),
            step_grams=1000,
            step_price=Decimal(step),
        )
        for zone, (first, step) in zip(_zones(it), terms.prices, strict=True)
        for region in zone
    )
    Surcharge.objects.create(
        table=table, kind=Surcharge.Kind.INSURANCE, percent=Decimal("0.5"), minimum=Decimal(1)
    )


def _hand_in_papers(it: Demonstration, *, at: datetime, end: datetime) -> None:
    """Each has a licence and a contract; one of them carries cold goods, for eighteen days more."""
    lead, today = it.people[Role.OPERATIONS_LEAD], it.store.business_date(end)
    for number, carrier in enumerate(Carrier.objects.filter(store=it.store).order_by("pk"), 1):
        kinds = [(PaperKind.LICENCE, 700), (PaperKind.CONTRACT, 300 + 20 * number)]
        if carrier.code == "sf":
            kinds.append((PaperKind.COLD, 18))
        for kind, days in kinds:
            paper = Paper(
                kind=kind,
                number=f"{carrier.code.upper()}-{kind.upper()}-{number:03}",
                valid_from=it.store.business_date(at) - timedelta(days=30),
                valid_until=today + timedelta(days=days),
                content=_document(it, carrier, kind, at=at),
                file_name=f"{carrier.code}-{kind}.pdf",
                signed_on=it.store.business_date(at) - timedelta(days=40),
            )
            add_document(carrier_id=carrier.pk, paper=paper, actor=lead, at=at)


def _document(it: Demonstration, carrier: Carrier, kind: PaperKind, *, at: datetime) -> bytes:
    """The same bytes for the same day."""
    sheet = Sheet(made_at=at, language="zh-CN", title=f"{carrier.name} {kind.label}")
    sheet.heading(f"{carrier.name} · {kind.label}")
    sheet.facts([("甲方", str(it.store)), ("乙方", carrier.name)])
    return sheet.content()


def _promise(it: Demonstration, since: date) -> None:
    """What buyers pay and wait, what a delay brings them, who pays for the way back."""
    store, is_home = it.store, it.is_at_home
    template = FreightTemplate.objects.create(
        store=store,
        name="包邮 Free from 59" if is_home else "Standard",
        free_from=Decimal(59) if is_home else Decimal(49),
        is_default=True,
        valid_from=since,
    )
    price, step = ("8.00", "2.00") if is_home else ("5.90", "1.00")
    rows = [FreightRow(template=template, first_price=Decimal(price), step_price=Decimal(step))]
    if is_home:
        rows += [
            FreightRow(
                template=template,
                region=region,
                first_price=Decimal(18),
                step_price=Decimal(10),
                free_from=Decimal(199),
            )
            for region in REMOTE
        ]
    FreightRow.objects.bulk_create(rows)
    regions = [("", 96), *((region, 72) for region in NEAR)] if is_home else [("", 168)]
    DeliveryPromise.objects.bulk_create(
        DeliveryPromise(store=store, region=region, hours=hours, valid_from=since)
        for region, hours in regions
    )
    CompensationRule.objects.bulk_create(
        CompensationRule(store=store, hours_from=first, hours_to=last, kind=kind, amount=amount)
        for first, last, kind, amount in (
            (1, 24, CompensationKind.COUPON, Decimal(5)),
            (24, None, CompensationKind.COUPON, Decimal(15)),
        )
    )
    if is_home:
        insurance = FreightInsurance.objects.create(
            store=store, provider="众安保险", policy="ZA-2026-0815", cover=12, valid_from=since
        )
        InsuranceBand.objects.bulk_create(
            InsuranceBand(insurance=insurance, rate_from=Decimal(rate), premium=Decimal(premium))
            for rate, premium in (("0", "0.35"), ("5", "0.60"), ("12", "1.20"))
        )

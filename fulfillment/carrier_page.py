"""What the page of a carrier shows: papers, services with coverage and prices, the scorecard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import FileResponse
from django.utils.translation import gettext as _

from fulfillment import regions
from fulfillment.intervals import Share
from fulfillment.models import (
    Carrier,
    CarrierDocument,
    CarrierException,
    CarrierScore,
    CoverageArea,
    PriceTable,
)
from fulfillment.services import paper_watch, scoring
from fulfillment.services.scoring import COUNTS, Score
from opsdesk import exports
from opsdesk.audit import exporting
from opsdesk.lists import pill
from opsdesk.stores import procedure

WIDTH, HEIGHT, FOOT, HEAD, SIDE = 520, 130, 18, 8, 38
MONTHS, MOST_REGIONS, MOST_TABLES = 12, 40, 20


@dataclass(frozen=True)
class Told:
    """A rate of the scorecard: percent, and the interval as places on a line of a hundred."""

    share: Share
    is_small: bool
    is_good_high: bool

    @property
    def percent(self) -> str:
        return "–" if self.share.rate is None else f"{100 * self.share.rate:.1f} %"

    @property
    def tip(self) -> str:
        return _("%(hits)s of %(of)s; 95 %% sure between %(low)s and %(high)s") % {
            "hits": self.share.hits,
            "of": self.share.of,
            "low": f"{100 * self.share.low:.1f} %",
            "high": f"{100 * self.share.high:.1f} %",
        }

    @property
    def left(self) -> float:
        return round(100 * self.share.low, 1)

    @property
    def width(self) -> float:
        return round(100 * (self.share.high - self.share.low), 1)

    @property
    def mark(self) -> float:
        return round(100 * (self.share.rate or 0), 1)


@dataclass(frozen=True)
class Line:
    """A service of the scorecard; without one, all of the carrier together."""

    name: str
    score: Score
    rates: Sequence[Told]


@dataclass(frozen=True)
class Column:
    """A month of the chart: the share on time with its interval, in the drawing's coordinates."""

    label: str
    tip: str
    x: float
    y: float
    width: float
    height: float
    middle: float
    top: float
    bottom: float
    is_small: bool


@dataclass(frozen=True)
class Chart:
    columns: Sequence[Column]
    marks: Sequence[tuple[float, str]]
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - FOOT
    side: int = SIDE


def papers_of(carrier: Carrier, at: datetime) -> list[tuple[CarrierDocument, Any]]:
    """Each paper with its pill, those that hold longest first."""
    day = carrier.store.business_date(at)
    ahead = procedure.value_of(paper_watch.WARNED_AHEAD.key, store=carrier.store, at=at)
    soon = day + timedelta(days=int(ahead))
    rows = carrier.documents.select_related("uploaded_by", "withdrawn_by")
    return [
        (row, standing(row, day, soon))
        for row in rows.order_by("withdrawn_at", "kind", "-valid_until", "-pk")
    ]


def standing(paper: CarrierDocument, day: date, soon: date) -> Any:
    if paper.withdrawn_at:
        return pill(_("withdrawn"))
    if paper.valid_until < day:
        return pill(_("run out"), "danger")
    if paper.valid_from > day:
        return pill(_("not yet valid"), "warning")
    if paper.valid_until <= soon:
        return pill(_("runs out soon"), "warning")
    return pill(_("valid"), "good")


def exceptions_of(carrier: Carrier, at: datetime) -> list[CarrierException]:
    """Without which papers it is offered now, the one that ends first before the others."""
    day = carrier.store.business_date(at)
    rows = CarrierException.objects.filter(carrier=carrier).valid_on(day)
    return list(rows.order_by("valid_until", "pk"))


def services_of(carrier: Carrier) -> list[dict[str, Any]]:
    """Each service with its regions, in words, and its price tables. Three queries."""
    services = list(carrier.services.order_by("code"))
    areas: dict[int, list[CoverageArea]] = defaultdict(list)
    for area in CoverageArea.objects.filter(service__in=services).order_by("region"):
        areas[area.service_id].append(area)
    tables: dict[int, list[PriceTable]] = defaultdict(list)
    rows = PriceTable.objects.filter(service__in=services).select_related("warehouse")
    for table in rows.annotate(row_count=Count("rows")).order_by("-valid_from"):
        tables[table.service_id].append(table)
    return [
        {
            "service": service,
            "served": _named([area for area in areas[service.pk] if area.is_delivered]),
            "served_count": sum(area.is_delivered for area in areas[service.pk]),
            "shut": _named([area for area in areas[service.pk] if not area.is_delivered]),
            "tables": tables[service.pk][:MOST_TABLES],
        }
        for service in services
    ]


def _named(areas: Sequence[CoverageArea]) -> list[str]:
    named = [
        regions.name_of(area.region)
        + (f" +{area.extra_days} {_('days')}" if area.extra_days else "")
        for area in areas[:MOST_REGIONS]
    ]
    return [*named, "…"] if len(areas) > MOST_REGIONS else named


def scorecard(carrier: Carrier, at: datetime) -> dict[str, Any]:
    """Rates per service and of all together, of the months looked back on; months as a chart."""
    store = carrier.store
    keys = [scoring.LOOKS_BACK.key, scoring.SMALL_SAMPLE.key, scoring.PICK_UP_WITHIN.key]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    since = store.business_date(at - timedelta(days=int(numbers[keys[0]].value))).replace(day=1)
    small = int(numbers[keys[1]].value)
    services = list(carrier.services.order_by("code"))
    found = scoring.scores_of([service.pk for service in services], since=since)
    lines = [
        _line(service.name, found[service.pk], small) for service in services if service.pk in found
    ]
    if len(lines) > 1:
        lines.append(_line(_("together"), _summed([line.score for line in lines]), small))
    return {
        "since": since,
        "small": small,
        "pick_up_hours": int(numbers[keys[2]].value / 60),
        "lines": lines,
        "chart": _chart(carrier, at, small),
    }


def _line(name: str, score: Score, small: int) -> Line:
    shares = (
        (score.pick_up, True),
        (score.punctual, True),
        (score.damage, False),
        (score.loss, False),
        (score.complaint, False),
    )
    return Line(name, score, [Told(share, share.of < small, high) for share, high in shares])


def _summed(scores: Sequence[Score]) -> Score:
    return Score(*(sum(getattr(score, field.name) for score in scores) for field in fields(Score)))


def _chart(carrier: Carrier, at: datetime, small: int) -> Chart | None:
    """The carrier's share on time of each of the last months. None without any."""
    today = carrier.store.business_date(at)
    first = date(today.year - 1, today.month, 1)
    by_month: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    rows = CarrierScore.objects.filter(service__carrier=carrier, month__gt=first, judged__gt=0)
    for month, on_time, judged in rows.values_list("month", "on_time", "judged"):
        by_month[month][0] += on_time
        by_month[month][1] += judged
    if not by_month:
        return None
    months = sorted(by_month)[-MONTHS:]
    step = (WIDTH - SIDE) / max(len(months), 4)
    columns = [
        _column(month, Share(*by_month[month]), SIDE + place * step, step, small)
        for place, month in enumerate(months)
    ]
    return Chart(columns, [(_height(percent / 100), f"{percent} %") for percent in (0, 50, 100)])


def _height(share: float) -> float:
    return round(HEIGHT - FOOT - share * (HEIGHT - FOOT - HEAD), 1)


def _column(month: date, share: Share, left: float, step: float, small: int) -> Column:
    rate = share.rate or 0
    width = min(step * 0.6, 34)
    middle = left + step / 2
    return Column(
        label=f"{month:%Y-%m}" if step > 44 else f"{month:%m}",
        tip=f"{month:%Y-%m}: {Told(share, False, True).tip}",
        x=round(middle - width / 2, 1),
        y=_height(rate),
        width=round(width, 1),
        height=round(_height(0) - _height(rate), 1),
        middle=round(middle, 1),
        top=_height(share.high),
        bottom=_height(share.low),
        is_small=share.of < small,
    )


def score_file(carrier: Carrier, *, as_workbook: bool) -> FileResponse:
    """All months of all services, as counts; the export is on record."""
    header = [_("Service"), _("Month"), *(str(_field(name)) for name in COUNTS)]
    rows = _score_rows(carrier)
    name = f"{carrier.code}-scores"
    file = exports.xlsx_file(header, rows, name) if as_workbook else exports.csv_file(header, rows)
    ending = "xlsx" if as_workbook else "csv"
    return exporting.sent(
        file, f"{name}.{ending}", model=Carrier, store=carrier.store, subject_id=carrier.pk
    )


def _field(name: str) -> Any:
    return CarrierScore._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def _score_rows(carrier: Carrier) -> Iterator[list[Any]]:
    rows = CarrierScore.objects.filter(service__carrier=carrier).order_by("service__code", "month")
    for code, month, *counts in rows.values_list("service__code", "month", *COUNTS):
        yield [code, f"{month:%Y-%m}", *counts]


def papers_at_a_glance(carriers: Sequence[Carrier], day: date, soon: date) -> dict[int, Any]:
    """Carrier id → the pill of its papers: the worst of them. One query.

    Of the papers of a kind the one that holds longest counts.
    """
    last: dict[tuple[int, str], CarrierDocument] = {}
    rows = CarrierDocument.objects.standing().filter(carrier__in=carriers)
    for paper in rows.order_by("valid_until", "pk"):
        last[paper.carrier_id, paper.kind] = paper
    found: dict[int, Any] = {}
    for paper in sorted(last.values(), key=lambda paper: paper.valid_until, reverse=True):
        found[paper.carrier_id] = standing(paper, day, soon)
    return found


def counted(rows: Any) -> Any:
    """With how many services are on."""
    return rows.annotate(
        service_count=Count("services", filter=Q(services__is_active=True), distinct=True)
    )

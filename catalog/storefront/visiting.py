"""Pages are visited, the longest unseen first; each visit says what is wrong (INS-1, 2, 4)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.folding import fold
from catalog.models import PageVisit, Sku, StorefrontPage
from catalog.services.pricing import price_of
from catalog.storefront import reading
from catalog.storefront.fetching import Fetched, Forbidden, Visitor
from opsdesk import http
from opsdesk.errors import DomainError
from opsdesk.stores import procedure
from opsdesk.stores.models import Store
from opsdesk.stores.procedure import Setting, Unit

Problem = PageVisit.Problem

SLOWEST = Setting(
    key="catalog.page_loads_within",
    clause="INS-4",
    title=_("A page of the storefront loads within"),
    default=Decimal(3),
    unit=Unit.SECONDS,
    minimum=Decimal("0.1"),
    maximum=Decimal(30),
)
BUDGET = Setting(
    key="catalog.pages_visited_for",
    clause="INS-4",
    title=_("An inspection visits pages of the storefront for at most"),
    default=Decimal(30),
    unit=Unit.SECONDS,
    minimum=Decimal(1),
    maximum=Decimal(120),
)
PAUSE = Setting(
    key="catalog.page_pause",
    clause="INS-4",
    title=_("Between two requests to one site there are at least"),
    default=Decimal("0.2"),
    unit=Unit.SECONDS,
    maximum=Decimal(10),
)
LINKS = Setting(
    key="catalog.links_per_page",
    clause="INS-4",
    title=_("Links of a page that are tried on a visit"),
    default=Decimal(10),
    unit=Unit.TIMES,
    maximum=Decimal(200),
)
SETTINGS = (SLOWEST, BUDGET, PAUSE, LINKS)


@dataclass(frozen=True)
class _Expected:
    """What has to stand on a page."""

    title: str = ""
    prices: frozenset[Decimal] = frozenset()
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()


@dataclass
class _Round:
    """The numbers of one round of visits, and what it has tried of links already."""

    visitor: Visitor
    slowest: float
    links: int
    dead: dict[str, bool] = field(default_factory=dict)

    def dead_of(self, urls: Sequence[str]) -> list[str]:
        """Those of the first `links` addresses where nothing is."""
        tried = urls[: self.links]
        for url in tried:
            if url not in self.dead:
                self.dead[url] = self.visitor.is_dead(url)
        return [url for url in tried if self.dead[url]]


def visit_pages(store: Store, *, at: datetime) -> int:
    """Pages nobody visited at that moment or later are, until the time for it is up.

    Returns how many are left. A page costs its own request, `robots.txt` once per site and its
    links once per round; two statements in the database, and one to keep what was found.
    """
    keys = [each.key for each in (SLOWEST, BUDGET, PAUSE, LINKS)]
    numbers = procedure.numbers_of(keys, store=store, channel=None, at=at)
    seconds, budget, pause, links = (float(numbers[key].value) for key in keys)
    until = time.monotonic() + budget
    pages = list(_due(store, at))
    expected = _expected(pages, at)
    # What is slow is to be told from what is dead: it gets three times as long.
    visits = _Round(Visitor(seconds=3 * seconds, pause=pause), seconds, int(links))
    done: list[PageVisit] = []
    for page in pages:
        if time.monotonic() > until:
            break
        done.append(_visit(page, expected[page.pk], visits, at=at))
    PageVisit.objects.bulk_create(done)
    return len(pages) - len(done)


def _due(store: Store, at: datetime) -> Iterable[StorefrontPage]:
    pages = StorefrontPage.objects.filter(channel__store=store, channel__is_active=True)
    pages = pages.to_visit(store.business_date(at)).with_last_visit()
    return (
        pages.filter(Q(visited_at=None) | Q(visited_at__lt=at))
        .select_related("listing", "channel")
        .order_by(F("visited_at").asc(nulls_first=True), "pk")
    )


def _expected(pages: Sequence[StorefrontPage], at: datetime) -> dict[int, _Expected]:
    prices = _prices_of(pages, at)
    return {
        page.pk: _Expected(
            title=page.listing.title if page.listing else "",
            prices=prices.get(page.pk, frozenset()),
            says=_lines(page.says),
            never_says=_lines(page.never_says),
        )
        for page in pages
    }


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _prices_of(pages: Sequence[StorefrontPage], at: datetime) -> dict[int, frozenset[Decimal]]:
    """Page → what the SKUs of its listing sell for on its channel. Three queries per channel."""
    found: dict[int, frozenset[Decimal]] = {}
    for channel in {page.channel_id: page.channel for page in pages if page.listing}.values():
        mine = [page for page in pages if page.listing and page.channel_id == channel.pk]
        products = {page.listing.product_id for page in mine if page.listing}
        skus: dict[int, list[int]] = {}
        rows = Sku.objects.filter(product__in=products, is_active=True)
        for sku, product in rows.values_list("pk", "product_id"):
            skus.setdefault(product, []).append(sku)
        prices = price_of([sku for ids in skus.values() for sku in ids], channel, at)
        for page in mine:
            assert page.listing is not None
            of_it = (prices.get(sku) for sku in skus.get(page.listing.product_id, ()))
            found[page.pk] = frozenset(price for price in of_it if price is not None)
    return found


def _visit(page: StorefrontPage, expected: _Expected, visits: _Round, *, at: datetime) -> PageVisit:
    began = time.monotonic()
    try:
        answer = visits.visitor.fetch(page.url)
    except (Forbidden, DomainError, http.NotSent, http.OutcomeUnknown) as trouble:
        took = int(1000 * (time.monotonic() - began))
        problems, found = [_problem_of(trouble)], {"error": str(trouble)[:200]}
        return PageVisit(page=page, at=at, milliseconds=took, problems=problems, found=found)
    problems, found = _judge(answer, page, expected, visits)
    return PageVisit(
        page=page,
        at=at,
        status=answer.status,
        milliseconds=int(1000 * answer.seconds),
        problems=problems,
        found=found,
    )


def _problem_of(trouble: Exception) -> Problem:
    if isinstance(trouble, Forbidden):
        return Problem.ROBOTS
    if isinstance(trouble, http.NotSent):
        return Problem.UNREACHABLE
    return Problem.CUT_OFF if isinstance(trouble, http.OutcomeUnknown) else Problem.REFUSED


def _judge(
    answer: Fetched, page: StorefrontPage, expected: _Expected, visits: _Round
) -> tuple[list[Problem], dict[str, Any]]:
    """What is wrong with the answer, and what was read of it."""
    found: dict[str, Any] = {"address": answer.address}
    wrong: Counter[Problem] = Counter()
    wrong[Problem.REDIRECTS] += answer.is_redirected_elsewhere
    wrong[Problem.SLOW] += answer.seconds > visits.slowest
    if not answer.is_success:
        return [Problem.STATUS, *+wrong], found
    contents = reading.read(answer.body, address=answer.address, price_at=page.price_at)
    tried = (
        (Problem.DEAD_LINKS, visits.dead_of(contents.links)),
        (Problem.PICTURES, visits.dead_of(contents.pictures)),
    )
    for problem, what in (*tried, *_words(contents, expected), *_prices(contents, expected)):
        wrong[problem] += bool(what)
        found |= {problem.value: what[:5]} if what else {}
    return list(+wrong), found


def _words(contents: reading.Contents, expected: _Expected) -> list[tuple[Problem, list[str]]]:
    text = fold(contents.text)
    title = expected.title if fold(expected.title) not in fold(contents.title) else ""
    return [
        (Problem.TEXT, [each for each in expected.says if fold(each) not in text]),
        (Problem.FORBIDDEN, [each for each in expected.never_says if fold(each) in text]),
        (Problem.TITLE, [contents.title[:200]] if title else []),
    ]


def _prices(contents: reading.Contents, expected: _Expected) -> list[tuple[Problem, list[str]]]:
    """A page of several SKUs may show any of their prices, and no other."""
    if not expected.prices:
        return []
    others = [str(price) for price in contents.prices if price not in expected.prices]
    asked = [str(price) for price in sorted(expected.prices)]
    return [(Problem.PRICE, others), (Problem.NO_PRICE, [] if contents.prices else asked)]

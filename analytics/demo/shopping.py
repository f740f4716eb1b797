"""Orders as a channel would send them: who buys what, and for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import accumulate, count
from random import Random
from typing import TYPE_CHECKING

from analytics.demo.buyers import Crowd
from analytics.demo.catalogue import Article
from orders.services.drafts import LineDraft, OrderDraft

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opsdesk.stores.models import Channel

_LINES = ((1, 68), (2, 22), (3, 8), (4, 2))
_PIECES = ((1, 86), (2, 11), (3, 3))
_MEMOS = (
    "请尽快发货,周五前要用",
    "不要放快递柜,送到家门口",
    "送人的,请不要放价格单",
    "放门卫即可",
    "Please leave it with the concierge",
)
MEMO_SHARE = 0.07
COUPON_SHARE = 0.18
PEAK_PRICE = Decimal("0.85")


def _one(table: Sequence[tuple[int, int]], random: Random) -> int:
    values, weights = zip(*table, strict=True)
    return random.choices(values, weights=weights)[0]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a store charges: freight below a sum, and the coupon it gives (store's currency)."""

    freight: Decimal
    freight_free_from: Decimal
    coupon: Decimal
    coupon_from: Decimal


AT_HOME = Terms(Decimal(8), Decimal(59), Decimal(20), Decimal(199))
ABROAD = Terms(Decimal("5.90"), Decimal(35), Decimal(5), Decimal(60))


@dataclass
class Shop:
    """One channel with its buyers and its shelf. Articles come most popular first."""

    channel: Channel
    articles: Sequence[Article]
    crowd: Crowd
    random: Random
    number: str
    terms: Terms = AT_HOME
    _serials: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        # A few articles sell most: the n-th sells like 1 / (n + 6).
        self._popularity = list(accumulate(1 / (rank + 6) for rank in range(len(self.articles))))

    def draft(
        self, placed_at: datetime, *, on_sale: bool = False, article: Article | None = None
    ) -> OrderDraft:
        """An order just placed and not yet paid; with `article`, an order for that one alone."""
        buyer = self.crowd.next(self.random)
        lines = tuple(self._line(a, on_sale) for a in ([article] if article else self._basket()))
        goods = sum((line.amount for line in lines), Decimal(0))
        freight = self.terms.freight if goods < self.terms.freight_free_from else Decimal(0)
        takes_coupon = goods >= self.terms.coupon_from and self.random.random() < COUPON_SHARE
        discount = self.terms.coupon if takes_coupon else Decimal(0)
        memo = self.random.choice(_MEMOS) if self.random.random() < MEMO_SHARE else ""
        return OrderDraft(
            external_number=self.number.format(next(self._serials) * 7 + 20_000_003),
            placed_at=placed_at,
            total_amount=goods + freight - discount,
            lines=lines,
            freight_amount=freight,
            discount_amount=discount,
            customer=buyer.account,
            recipient=buyer.name,
            phone=buyer.phone,
            region=buyer.region,
            address=buyer.address,
            buyer_memo=memo,
        )

    def _basket(self) -> list[Article]:
        wanted = self.random.choices(
            self.articles, cum_weights=self._popularity, k=_one(_LINES, self.random)
        )
        return list(dict.fromkeys(wanted))

    def _line(self, article: Article, on_sale: bool) -> LineDraft:
        price = article.price * PEAK_PRICE if on_sale else article.price
        price = price.quantize(Decimal("0.01"))
        pieces = _one(_PIECES, self.random)
        return LineDraft(article.code, pieces, price, price * pieces, article.title)

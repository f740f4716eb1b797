"""What stands on a page: its title, its words, its prices and where its links lead. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from price_parser import Price
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

# Where pages tell machines their price: Open Graph, microdata (schema.org).
_TOLD = (
    ("meta[property='product:price:amount']", "content"),
    ("meta[property='og:price:amount']", "content"),
    ("[itemprop='price']", "content"),
    ("[itemprop='lowPrice']", "content"),
)
_OF_OFFERS = ("price", "lowPrice", "highPrice")


class BadSelector(ValueError):
    """It is no CSS selector."""


@dataclass(frozen=True)
class Contents:
    """`prices` are all that the page tells; links are whole addresses of its own site, each once.

    Pictures may be elsewhere.
    """

    title: str
    text: str
    prices: tuple[Decimal, ...]
    links: tuple[str, ...]
    pictures: tuple[str, ...] = ()


def read(body: bytes, *, address: str, price_at: str = "") -> Contents:
    """What a visitor reads. Whatever the bytes are, there is an answer. Raises BadSelector."""
    page = LexborHTMLParser(body.decode("utf-8", "replace"))
    told = tuple(dict.fromkeys(_prices(page, price_at)))
    links = tuple(dict.fromkeys(_targets(page, "a[href]", "href", address)))
    pictures = tuple(dict.fromkeys(_targets(page, "img[src]", "src", address)))
    site = urlsplit(address).netloc
    page.strip_tags(["script", "style", "noscript", "template"])
    title = page.css_first("h1") or page.css_first("title")
    return Contents(
        title=title.text(strip=True) if title else "",
        text=page.body.text(separator=" ", strip=True) if page.body else "",
        prices=told,
        links=tuple(each for each in links if urlsplit(each).netloc == site),
        pictures=pictures,
    )


def _prices(page: LexborHTMLParser, price_at: str) -> Iterator[Decimal]:
    if price_at:
        yield from filter(None, (_amount(node.text()) for node in _chosen(page, price_at)))
        return
    for script in page.css("script[type='application/ld+json']"):
        yield from filter(None, (_amount(value) for value in _told_by(script.text())))
    for selector, attribute in _TOLD:
        for node in page.css(selector):
            amount = _amount(node.attributes.get(attribute) or node.text())
            if amount is not None:
                yield amount


def _chosen(page: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return page.css(selector)
    except (SelectolaxError, ValueError) as error:
        raise BadSelector(selector) from error


def _told_by(script: str) -> Iterator[Any]:
    """The prices of the offers in a piece of JSON-LD; none of one that is broken."""
    try:
        todo = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    while todo:
        told = todo.pop()
        if isinstance(told, list):
            todo += told
        elif isinstance(told, dict):
            yield from (told[name] for name in _OF_OFFERS if name in told)
            todo += [told[name] for name in ("offers", "@graph", "hasVariant") if name in told]


def _amount(value: Any) -> Decimal | None:
    if not isinstance(value, str | int | float):
        return None
    amount = Price.fromstring(str(value)).amount
    return None if amount is None else amount.quantize(Decimal("0.01"))


def _targets(page: LexborHTMLParser, selector: str, attribute: str, address: str) -> Iterator[str]:
    """Whole web addresses; what makes no sense is left out, as browsers do."""
    for node in page.css(selector):
        target = (node.attributes.get(attribute) or "").strip()
        try:
            whole = urljoin(address, target).partition("#")[0]
            if target and urlsplit(whole).scheme in ("http", "https"):
                yield whole
        except ValueError:
            continue


def is_selector(text: str) -> bool:
    try:
        _chosen(LexborHTMLParser("<p>"), text)
    except BadSelector:
        return False
    return True

"""What the page of a product shows, tab by tab; each asks as few questions as it needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog import rules
from catalog.models import (
    KnowledgeEntry,
    Listing,
    Product,
    ProductPicture,
    Qualification,
    QualificationKind,
    RequiredQualification,
    Sku,
    StockLevel,
    Warehouse,
)
from catalog.services import bundles, completeness, pictures, qualifying
from catalog.services.pricing import VIEW_COST
from catalog.services.publishing import PUBLISH
from catalog.tabs import ProductTab
from opsdesk.stores.models import Channel

MOST_SKUS = 100
FEW_ANSWERS = 5


def overview(request: HttpRequest, product: Product) -> dict[str, Any]:
    """SKUs with price, cost and stock, pictures, what blocks each listing, papers, answers."""
    at = timezone.now()
    return {
        **_skus(request, product),
        **_listings(request, product, at),
        **_pictures(product, at),
        **papers(request, product),
        "answers": product.knowledge.all()[:FEW_ANSWERS],
    }


def _made_of_parts(request: HttpRequest, skus: list[Sku]) -> dict[int, dict[int, int]]:
    """Of the bundles among them, warehouse id → pieces, in warehouses that the person sees."""
    made = bundles.stock_of([sku.pk for sku in skus])
    if not made:
        return {}
    seen = set(Warehouse.objects.visible_to(request.user).values_list("pk", flat=True))
    return {
        sku_id: {place: pieces for place, pieces in places.items() if place in seen}
        for sku_id, places in made.items()
    }


def _skus(request: HttpRequest, product: Product) -> dict[str, Any]:
    skus = list(product.skus.order_by("code")[: MOST_SKUS + 1])
    shows_stock = request.user.has_perm("catalog.view_stocklevel", product)
    stock: dict[int, dict[str, int]] = {}
    if shows_stock:
        levels = StockLevel.objects.visible_to(request.user).filter(sku__in=skus).order_by()
        sums = levels.values("sku_id").annotate(
            available_sum=Sum("available"), reserved_sum=Sum("reserved")
        )
        stock = {row["sku_id"]: row for row in sums}
        for sku_id, places in _made_of_parts(request, skus).items():
            stock[sku_id] = {"available_sum": sum(places.values()), "reserved_sum": 0}
    return {
        "skus": [(sku, stock.get(sku.pk)) for sku in skus[:MOST_SKUS]],
        "has_more_skus": len(skus) > MOST_SKUS,
        "shows_stock": shows_stock,
        "shows_cost": request.user.has_perm(VIEW_COST, product),
    }


def _listings(request: HttpRequest, product: Product, at: datetime) -> dict[str, Any]:
    """Each channel of the store, with its listing where there is one."""
    if not request.user.has_perm("catalog.view_listing", product):
        return {}
    channels = list(Channel.objects.filter(store=product.store_id, is_active=True).order_by("pk"))
    listings = list(
        Listing.objects.filter(product=product).select_related("store", "product", "channel")
    )
    standing = completeness.standing_of(listings, at)
    known = {channel.pk for channel in channels}
    channels += [one.channel for one in listings if one.channel_id not in known]
    of_channel = {listing.channel_id: listing for listing in listings}
    found = [(channel, of_channel.get(channel.pk)) for channel in channels]
    return {
        "channels": [
            (channel, listing, standing[listing.pk] if listing else None)
            for channel, listing in found
        ],
        "may_list": request.user.has_perm("catalog.add_listing", product),
        "may_publish": request.user.has_perm(PUBLISH, product),
    }


def _pictures(product: Product, at: datetime) -> dict[str, Any]:
    numbers = rules.numbers_for(product.store, at)
    judged = completeness.pictures_of([product.pk], numbers).get(product.pk, [])
    return {
        "pictures": judged,
        "good_pictures": sum(one.is_good for one in judged),
        "wanted_pictures": int(numbers[rules.PICTURES_TO_PUBLISH.key]),
        "recommended_pictures": int(numbers[rules.PICTURES_RECOMMENDED.key]),
        "numbers": numbers,
    }


def picture_tab(request: HttpRequest, product: Product) -> dict[str, Any]:
    """Every picture with what was measured and said of it, and what can be done with it."""
    may = request.user.has_perm
    shown = _pictures(product, timezone.now())
    return {
        **shown,
        "videos": [
            (video, rules.judge_video(video, shown["numbers"])) for video in product.videos.all()
        ],
        "kinds": ProductPicture.Kind.choices,
        "may_add": may(pictures.ADD, product),
        "may_change": may(pictures.CHANGE, product),
        "may_delete": may(pictures.DELETE, product),
        "may_review": may(pictures.REVIEW, product),
    }


def papers(request: HttpRequest, product: Product) -> dict[str, Any]:
    """Papers that cover the product, and the kinds it needs and has no valid one of."""
    day = product.store.business_date(timezone.now())
    required = list(RequiredQualification.objects.filter(store=product.store_id))
    held = Qualification.objects.filter(store=product.store_id).of_product_or_category(product)
    covering = [paper for paper in held if qualifying.covers(paper, product)]
    missing = qualifying.missing_kinds(product, required, covering, day)
    return {
        "papers": sorted(covering, key=lambda paper: paper.valid_until, reverse=True),
        "missing_papers": [QualificationKind(kind).label for kind in missing],
        "today": day,
        "may_add_paper": request.user.has_perm("catalog.add_qualification", product),
    }


def knowledge_tab(request: HttpRequest, product: Product) -> dict[str, Any]:
    """Answers, manuals and tutorials, in their order."""
    entries: dict[str, list[KnowledgeEntry]] = {kind: [] for kind in KnowledgeEntry.Kind.values}
    for entry in product.knowledge.order_by("place", "pk"):
        entries[entry.kind].append(entry)
    return {
        "chapters": [
            (KnowledgeEntry.Kind(kind).label, found) for kind, found in entries.items() if found
        ],
        "may_add_entry": request.user.has_perm("catalog.add_knowledgeentry", product),
    }


TABS = (
    ProductTab(
        "overview",
        _("Overview"),
        "catalog/tabs/overview.html",
        overview,
        "catalog.view_product",
        place=10,
    ),
    ProductTab(
        "pictures",
        _("Pictures"),
        "catalog/tabs/pictures.html",
        picture_tab,
        "catalog.view_productpicture",
        place=12,
    ),
    ProductTab(
        "papers",
        _("Qualifications"),
        "catalog/tabs/papers.html",
        papers,
        "catalog.view_qualification",
        place=14,
    ),
    ProductTab(
        "knowledge",
        _("Knowledge"),
        "catalog/tabs/knowledge.html",
        knowledge_tab,
        "catalog.view_knowledgeentry",
        place=16,
    ),
)

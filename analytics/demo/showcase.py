"""What buyers see of the goods: listings, drawn pictures, papers, and answers for service."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw

from analytics.demo.opening import Demonstration
from analytics.demo.timeline import Timeline
from catalog import images
from catalog.models import (
    KnowledgeEntry,
    Listing,
    Product,
    ProductPicture,
    ProductVideo,
    Qualification,
    QualificationKind,
    RequiredQualification,
)
from catalog.services import pictures, publishing, watching
from opsdesk.stores.roles import Role

SIDE = 800
FOOD = "零食 Snacks"
# How many products of each prefix are shown whole; others are drafts with something missing.
WHOLE = ("CUP", "TEA", "SNK")
DRAFTS = ("LGT", "KIT")
TEXTS = {
    "description": "规格齐全，适合日常使用。Sizes as in the options.",
    "material": "高硼硅玻璃、陶瓷或食品级材料，以规格为准。",
    "function": "日常饮用、收纳与分享。",
    "usage": "首次使用前请用温水清洗。",
    "cautions": "请避免碰撞；儿童请在成人陪同下使用。",
    "after_sales": "七天无理由退换，质量问题由我们承担运费。",
}
ATTRIBUTES = {"origin": "浙江宁波", "model": "MY-2026", "standard": "GB 4806"}
COLOURS = ("#b5482f", "#2f6fb5", "#3f8f5a")
Kind = ProductPicture.Kind


def plan_showcase(it: Demonstration, timeline: Timeline, *, end: datetime) -> None:
    """Live listings, drafts that lack something, and a paper that runs out within the month."""
    timeline.plan(end - timedelta(hours=6), partial(_set_out, it))
    timeline.plan(end - timedelta(hours=5), partial(_look, it))


def _set_out(it: Demonstration, at: datetime) -> None:
    first_of = {
        prefix: Product.objects.filter(store=it.store, code__startswith=f"{prefix}-")
        .order_by("code")
        .first()
        for prefix in (*WHOLE, *DRAFTS)
    }
    products = {prefix: product for prefix, product in first_of.items() if product}
    _enter_papers(it, products["SNK"], at)
    channel = it.store.channels.order_by("pk")[0]
    for number, prefix in enumerate(WHOLE):
        _draw(it, products[prefix], COLOURS[number], at)
        _answer(it, products[prefix], at)
    listings = [
        Listing(
            store=it.store,
            product=product,
            channel=channel,
            title=product.name,
            freight=Decimal(0),
            attributes=ATTRIBUTES,
            created_at=at,
            **(TEXTS if prefix in WHOLE else {}),
        )
        for prefix, product in products.items()
    ]
    Listing.objects.bulk_create(listings)
    ids = [listing.pk for listing in listings]
    publishing.publish_listings(listing_ids=ids, actor=it.people[Role.CATALOG_OPERATOR], at=at)


def _enter_papers(it: Demonstration, product: Product, at: datetime) -> None:
    day = it.store.business_date(at)
    RequiredQualification.objects.create(
        store=it.store, category=FOOD, kind=QualificationKind.FOOD_PRODUCTION
    )
    Qualification.objects.create(
        store=it.store,
        product=product,
        kind=QualificationKind.FOOD_PRODUCTION,
        number="SC10633021200187",
        valid_from=day - timedelta(days=1813),
        valid_until=day + timedelta(days=12),
        created_by=it.people[Role.CATALOG_OPERATOR],
        created_at=at,
    )


def _draw(it: Demonstration, product: Product, colour: str, at: datetime) -> None:
    """Three pictures of plain shapes, judged by the operator; and a video."""
    actor = it.people[Role.CATALOG_OPERATOR]
    for kind, paper in ((Kind.MAIN, "white"), (Kind.DETAIL, "#f3eee6"), (Kind.SCENE, "#d9e4dc")):
        drawn = BytesIO()
        _shape(colour, paper).save(drawn, "PNG")
        drawn.seek(0)
        picture = pictures.keep_picture(
            product=product,
            clean=images.clean_picture(drawn),
            kind=kind,
            alt_text=f"{product.name} · {kind.label}",
            actor=actor,
            at=at,
        )
        pictures.review_picture(
            picture=picture,
            clarity=Decimal("4.7"),
            has_watermark=False,
            shows_goods=True,
            actor=actor,
            at=at + timedelta(minutes=4),
        )
    ProductVideo.objects.create(
        product=product,
        title=product.name,
        url="https://video.example/muyu",
        seconds=38,
        is_subtitled=True,
    )


def _shape(colour: str, paper: str) -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), paper)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((240, 180, 560, 640), radius=60, fill=colour)
    pen.ellipse((240, 130, 560, 230), fill="#efe7da", outline=colour, width=8)
    return picture


def _answer(it: Demonstration, product: Product, at: datetime) -> None:
    service = it.people[Role.CATALOG_OPERATOR]
    told = (
        (KnowledgeEntry.Kind.FAQ, "可以用洗碗机清洗吗？", "可以，水温不超过 65 ℃；不要用钢丝球。"),
        (KnowledgeEntry.Kind.FAQ, "几天可以发货？", "付款后 48 小时内发货，节假日顺延。"),
        (KnowledgeEntry.Kind.MANUAL, "使用说明", "首次使用前用温水清洗，晾干后存放。"),
    )
    KnowledgeEntry.objects.bulk_create(
        [
            KnowledgeEntry(
                store=it.store,
                product=product,
                kind=kind,
                title=title,
                text=text,
                place=place,
                updated_by=service,
                updated_at=at,
            )
            for place, (kind, title, text) in enumerate(told, start=1)
        ]
    )


def _look(it: Demonstration, at: datetime) -> None:
    watching.look(it.store, at=at)

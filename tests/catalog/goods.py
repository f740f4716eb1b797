"""Goods that nothing keeps from being sold, to take something away from."""

from decimal import Decimal

from catalog.models import Listing, ProductPicture
from tests import factories

TEXTS = {name: f"Our {name}" for name in Listing.TEXTS}
ATTRIBUTES = {"origin": "Ningbo", "model": "MY-1", "standard": "GB 4806"}


def complete_listing(store, *, category="Cups", platform="tmall"):
    """A draft for Tmall with texts, price, freight, stock and three pictures that pass."""
    product = factories.ProductFactory(store=store, brand="MUYU", category=category)
    sku = factories.SkuFactory(store=store, product=product, list_price=Decimal(39))
    factories.StockLevelFactory(sku=sku)
    for kind in ("main", "detail", "scene"):
        picture = factories.ProductPictureFactory(store=store, product=product, kind=kind)
        factories.PictureReviewFactory(picture=picture)
    return factories.ListingFactory(
        store=store,
        product=product,
        channel=factories.ChannelFactory(store=store, platform=platform),
        freight=Decimal(0),
        attributes=ATTRIBUTES,
        **TEXTS,
    )


def codes(blockers):
    return [blocker.code for blocker in blockers]


def main_picture_of(listing):
    return ProductPicture.objects.get(product=listing.product, kind="main")

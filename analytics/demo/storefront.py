"""The shop's own pages, as the catalog operator has told them to the inspection (INS-4)."""

from __future__ import annotations

from datetime import datetime

from analytics.demo.opening import Demonstration
from catalog.models import Listing, StorefrontPage

# Nobody answers there, wherever the demonstration runs: what a visitor finds is the same.
SITE = "https://shop.invalid"


def put_up_pages(it: Demonstration, *, at: datetime) -> None:
    """The home page, an activity and the first listings that are live."""
    channel = it.store.channels.order_by("pk").first()
    assert channel is not None
    StorefrontPage.objects.create(channel=channel, kind="home", url=f"{SITE}/")
    StorefrontPage.objects.create(
        channel=channel,
        kind="activity",
        url=f"{SITE}/activity",
        says="满减",
        valid_from=it.store.business_date(at),
    )
    live = Listing.objects.filter(store=it.store, channel=channel, state=Listing.State.LIVE)
    for listing in live.order_by("pk")[:3]:
        StorefrontPage.objects.create(
            channel=channel, listing=listing, url=f"{SITE}/items/{listing.pk}"
        )

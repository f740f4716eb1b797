"""The shop's own pages, and what was read on them this morning (INS-1, INS-2, INS-4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from analytics.demo.opening import Demonstration
from catalog.models import Listing, PageVisit, StorefrontPage

# Nobody answers there, wherever the demonstration runs: what a visitor finds is the same.
SITE = "https://shop.invalid"
# Before the site went away.
READ = timedelta(hours=5)
Problem = PageVisit.Problem


def put_up_pages(it: Demonstration, *, at: datetime) -> None:
    """The home page, an activity and the first listings that are live. All of them came this
    morning: the activity's without what was planned, and one listing's with another price."""
    channel = it.store.channels.order_by("pk").first()
    assert channel is not None
    pages = [StorefrontPage.objects.create(channel=channel, kind="home", url=f"{SITE}/")]
    activity = StorefrontPage.objects.create(
        channel=channel,
        kind="activity",
        url=f"{SITE}/activity",
        says="满减",
        valid_from=it.store.business_date(at),
    )
    live = Listing.objects.filter(store=it.store, channel=channel, state=Listing.State.LIVE)
    pages += [
        StorefrontPage.objects.create(
            channel=channel, listing=listing, url=f"{SITE}/items/{listing.pk}"
        )
        for listing in live.order_by("pk")[:3]
    ]
    wrong = {activity: {Problem.TEXT: [activity.says]}, pages[-1]: {Problem.PRICE: ["1.00"]}}
    PageVisit.objects.bulk_create(
        PageVisit(
            page=page,
            at=at - READ,
            status=200,
            milliseconds=640 + 85 * number,
            problems=[*wrong.get(page, {})],
            found={"address": page.url, **wrong.get(page, {})},
        )
        for number, page in enumerate([*pages, activity])
    )

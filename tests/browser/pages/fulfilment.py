"""The way from a paid order to its parcel."""

from __future__ import annotations

from tests.browser.pages.base import List


class LateOrders(List):
    path = "/admin/fulfillment/laterisk/"

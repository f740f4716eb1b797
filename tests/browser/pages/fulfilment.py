"""The way from a paid order to its parcel."""

from __future__ import annotations

from tests.browser.pages.base import List, Screen


class BinWork(Screen):
    path = "/admin/fulfillment/bin/work/"
    ready = "#od-scan"


class Bins(List):
    path = "/admin/fulfillment/bin/"


class Zones(List):
    path = "/admin/fulfillment/zone/"


class LateOrders(List):
    path = "/admin/fulfillment/laterisk/"


class MissedAndShort(List):
    path = "/admin/fulfillment/shipmentmiss/"


class ParcelCases(List):
    path = "/admin/fulfillment/parcelcase/"

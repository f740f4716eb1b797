"""The way from a paid order to its parcel."""

from __future__ import annotations

from tests.browser.pages.base import List, Screen


class Station(Screen):
    path = "/admin/fulfillment/parcel/station/"
    ready = "#od-station-field"


class Parcels(List):
    path = "/admin/fulfillment/parcel/"


class Manifests(List):
    path = "/admin/fulfillment/manifest/"


class ChannelPushes(List):
    path = "/admin/fulfillment/channelpush/"


class BinWork(Screen):
    path = "/admin/fulfillment/bin/work/"
    ready = "#od-scan"


class Bins(List):
    path = "/admin/fulfillment/bin/"


class Zones(List):
    path = "/admin/fulfillment/zone/"


class LateOrders(List):
    path = "/admin/fulfillment/laterisk/"

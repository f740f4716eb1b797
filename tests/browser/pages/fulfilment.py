"""The way from a paid order to its parcel."""

from __future__ import annotations

from tests.browser.pages.base import List, Screen, ThemeList


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


class Compensations(List):
    path = "/admin/fulfillment/compensation/"


class Boxes(ThemeList):
    path = "/admin/fulfillment/box/"


class PackagingRules(ThemeList):
    path = "/admin/fulfillment/packagingrule/"


class MissedAndShort(List):
    path = "/admin/fulfillment/shipmentmiss/"


class Carriers(List):
    path = "/admin/fulfillment/carrier/"


class AskForAPrice(Screen):
    path = "/admin/fulfillment/pricetable/quote/"
    ready = "#main form"


class Lanes(List):
    path = "/admin/fulfillment/lanetime/"


class PriceTables(List):
    path = "/admin/fulfillment/pricetable/"


class FreightTemplates(List):
    path = "/admin/fulfillment/freighttemplate/"


class DeliveryPromises(List):
    path = "/admin/fulfillment/deliverypromise/"


class FreightInsurance(List):
    path = "/admin/fulfillment/freightinsurance/"


class ParcelCases(List):
    path = "/admin/fulfillment/parcelcase/"


class WaveBoard(Screen):
    path = "/admin/fulfillment/wave/board/"
    ready = ".od-board"


class Waves(List):
    path = "/admin/fulfillment/wave/"


class WaveRules(List):
    path = "/admin/fulfillment/waverule/"


class WarehousePaces(List):
    path = "/admin/fulfillment/warehousepace/"


class PickWork(Screen):
    path = "/admin/fulfillment/pick/work/"
    ready = "#od-scan"


class ShortPicks(List):
    path = "/admin/fulfillment/shortpick/"

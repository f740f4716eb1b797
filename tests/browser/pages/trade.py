"""Goods and orders."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.pages.base import List, Screen, ThemeList


class OrderList(List):
    path = "/admin/orders/order/"


class ReviewDesk(Screen):
    path = "/admin/orders/order/review/"
    ready = "#review .od-queue"

    @property
    def waiting(self) -> Locator:
        return self.page.locator("#review .od-waiting")

    @property
    def order(self) -> Locator:
        return self.page.locator("#review article")


class OrderPage(Screen):
    def cancel(self, reason: str) -> None:
        self.do("Cancel…")
        dialog = self.page.locator("dialog[open]")
        dialog.locator("textarea").fill(reason)
        dialog.get_by_role("button", name="Cancel", exact=True).click()

    def reveal(self, reason: str) -> None:
        self.page.locator("[data-dialog=od-reveal]").click()
        dialog = self.page.locator("#od-reveal")
        dialog.locator("[name=reason]").fill(reason)
        dialog.locator("button.primary").click()

    @property
    def timeline(self) -> Locator:
        return self.page.locator(".od-timeline")


class ChannelsCompared(List):
    path = "/admin/orders/channeldifference/"


class Customers(List):
    path = "/admin/orders/customer/"


class PresaleOrders(List):
    path = "/admin/orders/presaleorder/"


class OptOuts(List):
    path = "/admin/orders/optout/"


class Products(List):
    path = "/admin/catalog/product/"


class ForbiddenWords(List):
    path = "/admin/catalog/wordlist/"


class Keywords(List):
    path = "/admin/catalog/keyword/"


class Skus(List):
    path = "/admin/catalog/sku/"


class PriceChanges(List):
    path = "/admin/catalog/pricechange/"


class Listings(List):
    path = "/admin/catalog/listing/"


class StorefrontPages(List):
    path = "/admin/catalog/storefrontpage/"


class WeeklyChecks(List):
    path = "/admin/catalog/listingsample/"


class Qualifications(List):
    path = "/admin/catalog/qualification/"


class Knowledge(List):
    path = "/admin/catalog/knowledgeentry/"


class Stock(List):
    path = "/admin/catalog/stocklevel/"


class Adjust(Screen):
    path = "/admin/catalog/stocklevel/adjust/"
    ready = "#main form"


class Reconciliation(List):
    path = "/admin/orders/moneydifference/"


class Statements(List):
    path = "/admin/orders/statement/"


class StockLedger(List):
    path = "/admin/catalog/stockmovement/"


class StockTakes(List):
    path = "/admin/catalog/countsession/"


class Transfers(List):
    path = "/admin/catalog/transfer/"


class StockDifferences(List):
    path = "/admin/catalog/stockdifference/"


class ChannelShares(ThemeList):
    path = "/admin/catalog/channelshare/"


class DaysOfCover(List):
    path = "/admin/catalog/stockcover/"


class SlowStock(List):
    path = "/admin/catalog/slowstock/"


class PurchaseOrders(List):
    path = "/admin/catalog/purchaseorder/"


class Selection(List):
    path = "/admin/catalog/selectioncandidate/"


class Presales(List):
    path = "/admin/catalog/presalelot/"


class Suppliers(List):
    path = "/admin/catalog/supplier/"


class Warehouses(ThemeList):
    path = "/admin/catalog/warehouse/"


class CodeSchemes(ThemeList):
    path = "/admin/catalog/codescheme/"


class Invoices(List):
    path = "/admin/orders/invoice/"


class Quotations(List):
    path = "/admin/orders/quotation/"


class ReviewRules(List):
    path = "/admin/orders/reviewrule/"


class ChannelFigures(List):
    path = "/admin/readings/reading/"


class DailySales(List):
    path = "/admin/analytics/dailysales/"

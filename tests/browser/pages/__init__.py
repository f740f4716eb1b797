"""The screens as a person meets them: what can be read there and done there, one object each."""

from tests.browser.pages import desk, exchange, fulfilment, setup, trade
from tests.browser.pages.base import Screen, Search, SecondStep, SignIn
from tests.browser.pages.desk import ApprovalPage, Approvals, Desk, Notices
from tests.browser.pages.exchange import Upload
from tests.browser.pages.setup import ApiDescription, IssueToken, Number
from tests.browser.pages.trade import Adjust, OrderList, OrderPage, ReviewDesk

# Address → its object, of every screen in the sidebar.
SCREENS: dict[str, type[Screen]] = {
    screen.path: screen
    for screen in (
        desk.Desk,
        desk.Approvals,
        desk.Absences,
        desk.ApprovalRules,
        desk.Notices,
        desk.Alerts,
        desk.Clocks,
        trade.ReviewDesk,
        trade.OrderList,
        trade.Customers,
        trade.ChannelsCompared,
        trade.PresaleOrders,
        trade.OptOuts,
        trade.Reconciliation,
        trade.Statements,
        trade.ReviewRules,
        trade.Products,
        trade.ForbiddenWords,
        trade.Keywords,
        trade.Skus,
        trade.PriceChanges,
        trade.Listings,
        trade.WeeklyChecks,
        trade.Qualifications,
        trade.Knowledge,
        trade.Stock,
        trade.StockLedger,
        trade.StockTakes,
        trade.Transfers,
        trade.StockDifferences,
        trade.ChannelShares,
        trade.DaysOfCover,
        trade.SlowStock,
        trade.PurchaseOrders,
        trade.Selection,
        trade.Presales,
        trade.Suppliers,
        trade.Warehouses,
        trade.CodeSchemes,
        trade.Invoices,
        trade.Quotations,
        trade.DailySales,
        fulfilment.LateOrders,
        exchange.Imports,
        exchange.OutgoingMessages,
        exchange.Deliveries,
        exchange.Targets,
        exchange.Webhooks,
        exchange.MessageTexts,
        setup.Stores,
        setup.Channels,
        setup.WorkCalendars,
        setup.People,
        setup.Roles,
        setup.Numbers,
        setup.AuditTrail,
        setup.ScheduledRuns,
        setup.BulkActions,
        setup.Tokens,
    )
}

__all__ = [
    "Adjust",
    "ApiDescription",
    "ApprovalPage",
    "Approvals",
    "Desk",
    "IssueToken",
    "Notices",
    "Number",
    "OrderList",
    "OrderPage",
    "ReviewDesk",
    "SCREENS",
    "Screen",
    "Search",
    "SecondStep",
    "SignIn",
    "Upload",
]

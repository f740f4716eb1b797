"""What crosses the border."""

from __future__ import annotations

from tests.browser.pages.base import List, Screen, ThemeList


class Imports(List):
    path = "/admin/exchange/importsession/"


class Upload(Screen):
    path = "/admin/exchange/importsession/upload/"
    ready = "#main form"


class OutgoingMessages(List):
    path = "/admin/exchange/outboundmessage/"


class Deliveries(List):
    path = "/admin/exchange/inbounddelivery/"


class Targets(ThemeList):
    path = "/admin/exchange/target/"


class Webhooks(ThemeList):
    path = "/admin/exchange/webhooksource/"


class MessageTexts(List):
    path = "/admin/exchange/messagetemplate/"

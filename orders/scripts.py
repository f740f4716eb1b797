"""What a buyer is told when something is the matter with an order: read out, or sent (ORD-5)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.texts import TextKind, Variable, Wording

_VARIABLES = {
    "store": Variable(_("the store"), "木语生活"),
    "number": Variable(_("the order's number"), "TB20261122001"),
}
TOPICS = {
    "stock": _("out of stock"),
    "address": _("address unclear"),
    "payment": _("payment unclear"),
    "goods": _("goods to be confirmed"),
    "other": _("something else"),
}
_TITLES = {
    "stock": _("To the buyer: out of stock"),
    "address": _("To the buyer: address unclear"),
    "payment": _("To the buyer: payment unclear"),
    "goods": _("To the buyer: goods to be confirmed"),
    "other": _("To the buyer: please write back"),
}
_WORDS = {
    "stock": (
        "some of what you ordered is out of stock. May we send something else, send it later, or "
        "give your money back?",
        "您订购的部分商品暂时缺货。请问您愿意换货、等待补货，还是退款？",
    ),
    "address": (
        "we could not make out the address. Would you tell us where it should go?",
        "您的收货地址不够完整。麻烦您提供准确的收货地址，我们尽快为您发货。",
    ),
    "payment": (
        "something about the payment is unclear to us. Would you look whether it went through?",
        "您的订单付款信息有疑问。麻烦您核对一下是否已付款成功。",
    ),
    "goods": (
        "we would like to make sure that goods and quantities are what you meant.",
        "想与您核对一下订购的商品和数量是否正确。",
    ),
    "other": (
        "we have a question about it. Please write to us or call us back.",
        "关于您的订单有一点需要与您确认。请您方便时回复我们。",
    ),
}
SCRIPTS = {
    topic: TextKind(
        code=f"orders.contact_{topic}",
        title=_TITLES[topic],
        variables=_VARIABLES,
        defaults={
            "en": Wording(
                "{store}: your order {number}",
                f"Hello, this is {{store}}. About your order {{number}}: {english}",
            ),
            "zh-hans": Wording(
                "{store}：您的订单 {number}",
                f"您好，这里是{{store}}，关于您的订单 {{number}}：{chinese}",
            ),
        },
    )
    for topic, (english, chinese) in _WORDS.items()
}

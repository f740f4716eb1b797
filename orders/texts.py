"""What customers are told about their orders, by default."""

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.texts import TextKind, Variable, Wording
from orders.models import CustomerMessage

Kind = CustomerMessage.Kind

_STORE = Variable(_("the store"), "木语生活")
_NUMBER = Variable(_("order number"), "T000000001")
_AMOUNT = Variable(_("what is to be paid"), "CNY 268.00")
_UNTIL = Variable(_("until when"), "2026-03-02 20:00")
_STOP = Variable(_("where reminders are stopped"), "https://opsdesk.example/stop/1.Xy")
_GOODS = Variable(_("the goods and how many"), "胡桃木托盘 × 2")
_TOTAL = Variable(_("the total"), "CNY 268.00")
_RECIPIENT = Variable(_("the recipient, masked"), "王*")
_ADDRESS = Variable(_("the address, masked"), "上海市 上海市 浦东新区 ***")

_CONFIRMED = {
    "store": _STORE,
    "number": _NUMBER,
    "goods": _GOODS,
    "total": _TOTAL,
    "recipient": _RECIPIENT,
    "address": _ADDRESS,
}
_DUE = {
    "store": _STORE,
    "number": _NUMBER,
    "amount": _AMOUNT,
    "until": _UNTIL,
    "stop": _STOP,
}

REMINDER = TextKind(
    code="orders.payment_reminder",
    title=_("Payment reminder"),
    variables=_DUE,
    defaults={
        "en": Wording(
            "",
            "{store}: your order {number} waits for its payment of {amount} until {until}. "
            "Then it is cancelled. Have you paid already? Then nothing is left to do. "
            "No more reminders: {stop}",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】您的订单 {number} 尚未付款，应付 {amount}，请在 {until} 前完成支付，"
            "逾期订单将自动取消。如已付款请忽略。退订提醒：{stop}",
        ),
    },
)
CONFIRMATION = TextKind(
    code="orders.confirmation",
    title=_("Order confirmation"),
    variables=_CONFIRMED,
    defaults={
        "en": Wording(
            "",
            "{store}: thank you for order {number}: {goods}, {total} in all, for {recipient}, "
            "{address}. Please check goods, address and amount, and tell us soon if something "
            "is wrong.",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】感谢下单！订单 {number}：{goods}，合计 {total}，收货人 {recipient}，"
            "{address}。请核对商品、地址与金额，如有误请尽快联系我们。",
        ),
    },
)
CORRECTION = TextKind(
    code="orders.confirmation_corrected",
    title=_("Order confirmation, corrected"),
    variables=_CONFIRMED,
    defaults={
        "en": Wording(
            "",
            "{store}: order {number} was CHANGED. It is now: {goods}, {total} in all, for "
            "{recipient}, {address}. Please check it anew, and tell us soon if something is wrong.",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】订单 {number} 已变更，现为：{goods}，合计 {total}，收货人 {recipient}，"
            "{address}。请重新核对，如有误请尽快联系我们。",
        ),
    },
)
BALANCE_OPENS = TextKind(
    code="orders.balance_opens",
    title=_("The balance of a presale can be paid"),
    variables=_DUE,
    defaults={
        "en": Wording(
            "",
            "{store}: the balance of your presale order {number}, {amount}, can be paid from now "
            "on until {until}. No more reminders: {stop}",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】您的预售订单 {number} 已可支付尾款 {amount}，请在 {until} 前完成支付。"
            "退订提醒：{stop}",
        ),
    },
)
BALANCE_ENDS = TextKind(
    code="orders.balance_ends",
    title=_("The balance of a presale is due soon"),
    variables=_DUE,
    defaults={
        "en": Wording(
            "",
            "{store}: the balance of your presale order {number}, {amount}, is due until {until}. "
            "Then the order is cancelled. No more reminders: {stop}",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】您的预售订单 {number} 尾款 {amount} 即将到期，请在 {until} 前支付，"
            "逾期订单将自动取消。退订提醒：{stop}",
        ),
    },
)
DELAY = TextKind(
    code="orders.delay",
    title=_("An order will be shipped later"),
    variables={
        "store": _STORE,
        "number": _NUMBER,
        "due": Variable(_("when it should have left"), "03-02 20:00"),
        "expected": Variable(_("when it is expected to leave"), "03-04 12:00"),
    },
    defaults={
        "en": Wording(
            "",
            "{store}: we are sorry, your order {number} will leave later than promised ({due}). "
            "Expected: {expected}. If you would rather not wait, please tell us.",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】非常抱歉，您的订单 {number} 将晚于承诺时间（{due}）发出，"
            "预计发货：{expected}。如不愿等待，请联系我们。",
        ),
    },
)
PARCEL = TextKind(
    code="orders.parcel_trouble",
    title=_("Something is wrong with a parcel"),
    variables={
        "store": _STORE,
        "number": _NUMBER,
        "what": Variable(_("what is wrong"), _("There has been no news of it for a while.")),
        "link": Variable(_("where the parcel can be followed"), "https://opsdesk.example/t/1.Xy"),
    },
    defaults={
        "en": Wording(
            "",
            "{store}: about the parcel of your order {number}. {what} We have asked the carrier "
            "and will come back to you. Where it is: {link}",
        ),
        "zh-hans": Wording(
            "",
            "【{store}】您的订单 {number} 的包裹：{what}"
            "我们已联系承运商核实，会尽快回复您。物流进度：{link}",
        ),
    },
)
OF_KIND = {
    Kind.REMINDER: REMINDER,
    Kind.CONFIRMATION: CONFIRMATION,
    Kind.CORRECTION: CORRECTION,
    Kind.BALANCE_OPENS: BALANCE_OPENS,
    Kind.BALANCE_ENDS: BALANCE_ENDS,
    Kind.DELAY: DELAY,
    Kind.PARCEL: PARCEL,
}

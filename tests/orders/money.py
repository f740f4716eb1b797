"""Statements as providers write them, small ones of the tests' own."""

from collections.abc import Sequence

from orders.models import MoneyDifference

HEADER = "reference,booked_at,kind,order_number,amount,fee,trade"

ALIPAY = (
    "#支付宝账务明细查询\n"
    "#账号：[20885012345678900156]\n"
    "#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年03月02日 00:00:00]\n"
    "#-----------------------------------------账务明细列表------------------------------"
    "----------\n"
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额"
    "（-元）,账户余额（元）,交易渠道,业务类型,备注\n"
    "301\t,2026001\t,T200P5001\t,杯子\t,2026-03-01 10:00:05\t,buyer@example.com\t,100.00,"
    "0.00,1100.00,支付宝\t,交易付款\t,\t\n"
    "302\t,2026001\t,T200P5001\t,杯子\t,2026-03-01 10:00:05\t,\t,0.00,-0.60,1099.40,支付"
    "宝\t,收费\t,\t\n"
    "303\t,2026001\t,T200P5001\t,杯子\t,2026-03-01 15:00:00\t,buyer@example.com\t,0.00,-3"
    "0.00,1069.40,支付宝\t,交易退款\t,\t\n"
    "304\t,\t,\t,\t,2026-03-01 23:00:00\t,\t,0.00,-1000.00,69.40,支付宝\t,提现\t,\t\n"
    "#-----------------------------------------账务明细列表结束--------------------------"
    "----------\n"
    "#支出合计：3笔，共-1030.60元\n"
    "#收入合计：1笔，共100.00元\n"
    "#导出时间：[2026年03月03日 09:00:00]\n"
)

WECHAT = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型"
    ",交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金"
    "额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退"
    "款金额,费率备注\n"
    "`2026-03-01 10:00:05,`wx1,`160,`0,`,`4200001,`5001,`oUp,`JSAPI,`SUCCESS,`OTHERS,`CNY"
    ",`100.00,`0.00,`0,`0,`0.00,`0.00,`,`,`杯子,`,`0.60000,`0.60%,`100.00,`0.00,`\n"
    "`2026-03-01 15:00:00,`wx1,`160,`0,`,`4200001,`5001,`oUp,`JSAPI,`REFUND,`OTHERS,`CNY,"
    "`0.00,`0.00,`5030001,`R1,`30.00,`0.00,`ORIGINAL,`SUCCESS,`杯子,`,`-0.18000,`0.60%,`0"
    ".00,`30.00,`\n"
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退"
    "款总金额\n"
    "`2,`100.00,`30.00,`0.00,`0.42000,`100.00,`30.00\n"
)


def generic(rows: Sequence[str]) -> str:
    return "\n".join([HEADER, *rows, ""])


def differences(store) -> list[tuple]:
    """Kind, order number, ours and theirs of what differs now."""
    rows = MoneyDifference.objects.standing().in_stores([store.pk])
    found = rows.select_related("payment__order", "refund__order", "line__order")
    return sorted((d.kind, d.order_number, str(d.ours), str(d.theirs)) for d in found)

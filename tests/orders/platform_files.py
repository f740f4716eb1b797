"""Small exports of the tests' own, in the shapes of the platforms' seller centres and answers."""

from typing import Any

TAOBAO_HEADER = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,"
    "买家留言,收货人姓名,收货地址 ,联系电话 ,联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,"
    "宝贝种类 ,宝贝总数量,商家编码"
)
ADDRESS = "浙江省 杭州市 余杭区 文一西路 969号"


def taobao_row(
    number: str = "1001",
    *,
    goods: str = "90.00",
    freight: str = "10.00",
    total: str = "120.00",
    paid: str = "100.00",
    state: str = "买家已付款，等待卖家发货",
    buyer: str = "tb_lily",
    name: str = "张**",
    paid_at: str = "2026-02-20 10:01:00",
    kinds: str = "1",
    code: str = "A-1",
) -> str:
    return (
        f'"=""{number}""",{buyer},,{goods},{freight},{total},{paid},{state},null,{name},'
        f"{ADDRESS},'null,'1381234****,2026-02-20 10:00:00,{paid_at},杯子,{kinds},2,{code}"
    )


def taobao_csv(*rows: str) -> str:
    return "\n".join([TAOBAO_HEADER, *rows, ""])


ARTICLES_HEADER = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
)


def articles_csv(*rows: tuple[str, str, str, str]) -> str:
    """(order, price, pieces, code) per line."""
    lines = [
        f"'{order},杯子,{price},{pieces},,白色,,,交易成功,{code}"
        for order, price, pieces, code in rows
    ]
    return "\n".join([ARTICLES_HEADER, *lines, ""])


JD_HEADER = (
    "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,余额支付,应付金额,"
    "订单状态,订单类型,下单帐号,客户姓名,客户地址,联系电话,订单备注,运费金额,付款确认时间,货号,"
    "订单完成时间,商家SKUID"
)


def jd_row(
    number: str = "9001",
    *,
    article: str = "100012043978",
    pieces: int = 1,
    price: str = "50.00",
    goods: str = "80.00",
    balance: str = "5.00",
    payable: str = "71.00",
    method: str = "在线支付",
    state: str = "等待出库",
    paid_at: str = "2026/2/20 10:05:00",
    finished_at: str = "",
    code: str = "",
) -> str:
    return (
        f"\t{number},{article},杯子,{pieces},{method},2026/2/20 10:00:00,{price},{goods},75.00,"
        f"{balance},{payable},{state},销售订单,jd_****,王*,北京朝阳区三环以内大屯路1号,138****5678,"
        f",6.00,{paid_at},,{finished_at},{code}"
    )


def jd_csv(*rows: str) -> str:
    return "\n".join([JD_HEADER, *rows, ""])


def doudian_order(number: Any = 6936476692437470001, **told: Any) -> dict[str, Any]:
    """Two pieces at 19.99 and one at 0.01, 6.00 of freight and 5.00 off: 40.99."""
    return {
        "order_id": number,
        "main_status": 105,
        "order_status": 2,
        "create_time": 1771552800,
        "pay_time": 1771552860,
        "update_time": 1771560000,
        "pay_amount": 4099,
        "post_amount": 600,
        "doudian_open_id": "1@#open+one",
        "encrypt_post_receiver": "##cipher-of-a-name##",
        "mask_post_receiver": "陈*",
        "encrypt_post_tel": "$cipher-of-a-phone$",
        "mask_post_tel": "1*******678",
        "mask_post_addr": {
            "province": {"name": "福建省"},
            "city": {"name": "厦门市"},
            "town": {"name": "思明区"},
            "street": {"name": "莲前街道"},
            "detail": "***",
        },
        "sku_order_list": [
            {
                "code": "A-1",
                "sku_id": 3410716076201730,
                "product_name": "杯子",
                "item_num": 2,
                "origin_amount": 1999,
                "sum_amount": 3998,
                "pay_amount": 4098,
            },
            {
                "code": "",
                "sku_id": 3410716076201731,
                "product_name": "赠品",
                "item_num": 1,
                "origin_amount": 1,
                "sum_amount": 1,
                "pay_amount": 1,
            },
        ],
        **told,
    }


def top_trade(number: Any = 518073718170001, **told: Any) -> dict[str, Any]:
    """Two pieces at 38.00 less 6.00, one at 20.00, 10.00 of freight and 4.00 off: 96.00."""
    return {
        "tid": number,
        "status": "WAIT_SELLER_SEND_GOODS",
        "type": "fixed",
        "created": "2026-02-20 10:00:00",
        "pay_time": "2026-02-20 10:01:00",
        "modified": "2026-02-20 12:00:00",
        "payment": "96.00",
        "post_fee": "10.00",
        "buyer_nick": "老*****1",
        "receiver_name": "闫**",
        "receiver_mobile": "1573672****",
        "receiver_state": "河南省",
        "receiver_city": "郑州市",
        "receiver_district": "管城回族区",
        "receiver_address": "南关**号",
        "orders": {
            "order": [
                {
                    "oid": 1,
                    "outer_sku_id": "A-1",
                    "title": "梳子",
                    "num": 2,
                    "price": "38.00",
                    "total_fee": "70.00",
                    "payment": "68.00",
                    "refund_status": "NO_REFUND",
                },
                {
                    "oid": 2,
                    "sku_id": "56388300261",
                    "title": "镜子",
                    "num": 1,
                    "price": "20.00",
                    "total_fee": "20.00",
                    "payment": "28.00",
                    "refund_status": "NO_REFUND",
                },
            ]
        },
        **told,
    }

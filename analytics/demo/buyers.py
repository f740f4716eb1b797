"""Buyers who don't exist: names from common parts, telephone numbers nobody can have."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# How often a buyer has bought here before.
RETURNING = 0.34

_FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
# Two characters each.
_GIVEN = (
    "子涵雨桐浩然欣怡思远佳琪俊杰梦洁志强晓燕建国丽华嘉懿若溪明轩"
    "诗涵一鸣静怡海涛雪梅文博可馨天佑美玲宇航慧敏子墨淑芬国栋春梅"
)
_PLACES = (
    ("上海市 上海市 浦东新区", "栖霞路 松涛路 长清路"),
    ("上海市 上海市 徐汇区", "枫林路 吴兴路 宛平路"),
    ("浙江省 杭州市 西湖区", "文三路 学院路 古翠路"),
    ("浙江省 宁波市 鄞州区", "中兴路 百丈路"),
    ("江苏省 苏州市 姑苏区", "临顿路 人民路 干将路"),
    ("江苏省 南京市 鼓楼区", "云南路 江东路"),
    ("广东省 广州市 天河区", "天河路 体育东路 龙口路"),
    ("广东省 深圳市 南山区", "科苑路 学府路 后海大道"),
    ("四川省 成都市 武侯区", "科华路 人民南路"),
    ("湖北省 武汉市 洪山区", "珞喻路 雄楚大道"),
    ("北京市 北京市 海淀区", "知春路 成府路 万柳路"),
    ("北京市 北京市 朝阳区", "望京街 安立路"),
    ("陕西省 西安市 雁塔区", "小寨路 科技路"),
    ("山东省 青岛市 市南区", "香港路 宁夏路"),
    ("福建省 厦门市 思明区", "湖滨路 莲岳路"),
    ("湖南省 长沙市 岳麓区", "枫林路 潇湘路"),
)
_FIRST_ABROAD = "Emma Liam Olivia Noah Ava Ethan Mia Lucas Grace Henry Ruby Jack Nora Leo"
_LAST_ABROAD = "Carter Brooks Hayes Ellis Porter Reed Foster Wells Marsh Grant Doyle Lane"
_PLACES_ABROAD = (
    ("NY New York Manhattan", "Mercer Lane,Orchard Row"),
    ("NY New York Brooklyn", "Willow Terrace,Harbor Row"),
    ("NJ Jersey City", "Grove Terrace,Canal Row"),
    ("MA Boston", "Beacon Row,Chestnut Terrace"),
    ("PA Philadelphia", "Locust Terrace,Market Row"),
    ("CT New Haven", "Elm Terrace,Chapel Row"),
)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who buys, as the channel names them, and where the parcel goes."""

    account: str
    name: str
    phone: str
    region: str
    address: str


class Crowd:
    """The buyers of one channel. Who has bought often comes back more often."""

    def __init__(self, prefix: str, *, abroad: bool = False) -> None:
        self.prefix = prefix
        self.make = _someone_abroad if abroad else _someone
        self.past: list[Buyer] = []

    def next(self, random: Random) -> Buyer:
        if self.past and random.random() < RETURNING:
            buyer = random.choice(self.past)
        else:
            buyer = self.make(f"{self.prefix}{len(self.past) * 37 + 10_241}", random)
        self.past.append(buyer)
        return buyer


def _someone(account: str, random: Random) -> Buyer:
    region, streets = random.choice(_PLACES)
    given = random.randrange(0, len(_GIVEN), 2)
    return Buyer(
        account=account,
        name=random.choice(_FAMILIES) + _GIVEN[given : given + 2],
        # No operator has numbers that begin with 154.
        phone=f"154{random.randrange(10**8):08d}",
        region=region,
        address=f"{random.choice(streets.split())}{random.randint(1, 480)}号"
        f"{random.randint(1, 24)}幢{random.randint(1, 28)}0{random.randint(1, 6)}室",
    )


def _someone_abroad(account: str, random: Random) -> Buyer:
    region, streets = random.choice(_PLACES_ABROAD)
    return Buyer(
        account=account,
        name=f"{random.choice(_FIRST_ABROAD.split())} {random.choice(_LAST_ABROAD.split())}",
        # 555-0100 to 555-0199 are kept free for fiction.
        phone=f"+1212555{random.randint(100, 199):04d}",
        region=region,
        address=f"{random.randint(1, 480)} {random.choice(streets.split(','))}",
    )

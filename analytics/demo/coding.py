"""How the demonstration stores write their SKU codes: scheme, words, and some codes of old."""

from __future__ import annotations

from datetime import datetime

from analytics.demo.catalogue import CATEGORIES
from catalog.models import CodePart, CodeScheme, Sku, SkuCode
from opsdesk.stores.models import Store

BRANDS = {
    "BEICHEN": "北辰",
    "GUOLI": "果里",
    "LINEN": "棉麻一间",
    "MUYU": "木语",
    "SHANYE": "山野",
    "TANGTANG": "糖糖",
    "YUANXING": "远行",
    "ZHIYE": "纸页",
    "ZHUAZHUA": "爪爪",
}
COLOURS = {
    "BLACK": "黑色 Black",
    "BLUE": "蓝色 Blue",
    "CLAY": "陶土 Clay",
    "CLOUD": "云白 Cloud",
    "CREAM": "奶油 Cream",
    "FOREST": "森绿 Forest",
    "GREEN": "绿色 Green",
    "GREY": "灰色 Grey",
    "INK": "墨色 Ink",
    "MOSS": "苔绿 Moss",
    "NAVY": "藏青 Navy",
    "OAT": "燕麦 Oat",
    "OLIVE": "橄榄 Olive",
    "PINK": "粉色 Pink",
    "SAGE": "鼠尾草 Sage",
    "SAND": "沙色 Sand",
    "TAN": "棕褐 Tan",
    "WHITE": "白色 White",
    "YELLOW": "黄色 Yellow",
}
# The first of them had other codes in the accounting of the years before.
WITH_OLD_CODES = 12


def write_down_codes(store: Store, *, at: datetime) -> None:
    """Scheme and parts of everything on the shelves; some SKUs are known by an old code, too."""
    skus = list(Sku.objects.filter(store=store).order_by("code"))
    scheme = CodeScheme.objects.create(store=store)
    specs = {part for sku in skus for part in sku.spec.split("-")}
    kinds = CodePart.Kind
    parts = [_part(scheme, kinds.CATEGORY, code, name) for code, name in CATEGORIES.items()]
    parts += [_part(scheme, kinds.BRAND, code, name) for code, name in BRANDS.items()]
    parts += [_spec(scheme, code) for code in sorted(specs)]
    CodePart.objects.bulk_create(parts)
    SkuCode.objects.bulk_create(
        SkuCode(
            store=store,
            sku=sku,
            code=f"K3-{number:05d}",
            kind=SkuCode.Kind.ALIAS,
            source="Kingdee K3",
            created_at=at,
        )
        for number, sku in enumerate(skus[:WITH_OLD_CODES], start=1)
    )


def _part(scheme: CodeScheme, kind: str, code: str, name: str) -> CodePart:
    return CodePart(scheme=scheme, kind=kind, code=code, name=name)


def _spec(scheme: CodeScheme, code: str) -> CodePart:
    part = _part(scheme, CodePart.Kind.SPEC, code, COLOURS.get(code, code))
    part.axis = "颜色 Colour" if code in COLOURS else "规格 Spec"
    return part

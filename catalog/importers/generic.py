"""`products`: our own columns, one line per SKU; what the list of SKUs exports (CAT-1)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from catalog.importers.base import ProductImporter
from opsdesk.exchange.columns import Column

COLUMNS = (
    Column(
        "code",
        gettext_lazy("SKU code"),
        ("code", "sku code", "sku", "SKU编码", "商家编码", "规格编码", "货号"),
        is_required=True,
    ),
    Column(
        "product",
        gettext_lazy("product code"),
        ("product", "product code", "商品编码", "款号"),
    ),
    Column("name", gettext_lazy("name"), ("name", "title", "商品名称", "名称", "商品标题")),
    Column("brand", gettext_lazy("brand"), ("brand", "品牌")),
    Column("category", gettext_lazy("category"), ("category", "类目", "品类", "分类")),
    Column("spec", gettext_lazy("spec"), ("spec", "规格", "颜色规格")),
    Column("barcode", gettext_lazy("barcode"), ("barcode", "ean", "条码", "条形码", "商品条码")),
    Column("cost", gettext_lazy("cost"), ("cost", "成本", "成本价", "采购价")),
    Column(
        "list_price",
        gettext_lazy("list price"),
        ("list_price", "price", "价格", "售价", "一口价", "标价"),
    ),
    Column(
        "weight_grams", gettext_lazy("weight (g)"), ("weight_grams", "weight", "重量", "重量(g)")
    ),
    Column("length_mm", gettext_lazy("length (mm)"), ("length_mm", "length", "长", "长(mm)")),
    Column("width_mm", gettext_lazy("width (mm)"), ("width_mm", "width", "宽", "宽(mm)")),
    Column("height_mm", gettext_lazy("height (mm)"), ("height_mm", "height", "高", "高(mm)")),
    Column("aliases", gettext_lazy("aliases"), ("aliases", "alias", "old code", "别名", "旧编码")),
    Column("is_active", gettext_lazy("active"), ("is_active", "active", "启用", "在用")),
)


class GenericProductImporter(ProductImporter):
    """Documented columns under English or Chinese names, others through a map."""

    name = "products"
    title = gettext_lazy("Table of products (CSV or XLSX)")
    description = gettext_lazy(
        "Column code, and any of product, name, brand, category, spec, barcode, cost, list_price, "
        "weight_grams, length_mm, width_mm, height_mm, aliases, is_active. The list of SKUs "
        "exports the same columns."
    )
    columns = COLUMNS
    is_strict = True

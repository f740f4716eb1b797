"""CAT-1: files of products, on small files of the tests' own in the shapes of the real ones."""

from decimal import Decimal
from functools import partial

import orjson
import pytest
from django.core.management import call_command
from django.db import IntegrityError

from catalog.models import Product, Sku, SkuCode
from catalog.services.assortment import ArticleDraft, take_articles
from opsdesk.audit.models import AuditEntry
from opsdesk.exchange import importers
from opsdesk.exchange.services import preview, undoing
from tests import factories
from tests.concurrency import run_while_uncommitted
from tests.exchange.files import AS_OF, import_file, stage_file
from tests.factories import MOMENT, SkuFactory, StoreFactory
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db

TWO = (
    "code,product,name,brand,category,spec,barcode,cost,list_price,weight_grams,aliases,is_active\n"
    "CUP-WHITE-001,CUP,木语马克杯,木语,杯壶,白,6901234567892,17,49,410,OLD-1;OLD-2,是\n"
    "CUP-INK-001,CUP,,,,墨,,17,49,410,,\n"
)


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "products.csv"


def bring(store, path, content, **options):
    return import_file(store, path, content, **{"importer": "products", **options})


def figures(session):
    return session.created, session.changed, session.duplicate, session.rejected


def remark(session):
    row = session.rows.remarked().get()
    return row.code, row.column, row.reason


def rejection(session):
    row = session.rows.rejected().get()
    return row.line, row.code, row.column, row.reason


def take_back(session):
    undoing.begin_undo(session=session, actor=None)
    return undoing.undo(session.pk, actor=None, at=MOMENT)


def test_articles_are_made_with_their_product_and_their_old_codes(store, path):
    session = bring(store, path, TWO)

    assert figures(session) == (2, 0, 0, 0)
    product = Product.objects.get()
    assert (product.code, product.name, product.brand) == ("CUP", "木语马克杯", "木语")
    white = Sku.objects.get(code="CUP-WHITE-001")
    assert (white.cost, white.list_price, white.weight_grams) == (17, 49, 410)
    assert dict(white.codes.values_list("code", "kind")) == {
        "CUP-WHITE-001": "own",
        "OLD-1": "alias",
        "OLD-2": "alias",
    }
    assert_invariants_hold()


def test_the_same_file_again_changes_nothing(store, path):
    bring(store, path, TWO)

    assert figures(bring(store, path, TWO)) == (0, 0, 2, 0)


def test_gbk_and_chinese_columns_are_read(store, path):
    text = "商家编码,商品名称,品牌,售价\nA-1,面霜,自然堂,139\n"

    session = bring(store, path, text.encode("gbk"))

    assert figures(session) == (1, 0, 0, 0)
    assert Product.objects.get().name == "面霜"


def test_what_a_file_does_not_tell_stays(store, path):
    sku = SkuFactory(store=store, code="A", spec="red", cost=5, product__name="Old name")

    session = bring(store, path, "code,name,spec,cost\nA,New name,,7.5\n")

    assert figures(session) == (0, 1, 0, 0)
    sku.refresh_from_db()
    assert (sku.product.name, sku.spec, sku.cost) == ("New name", "red", Decimal("7.5"))
    assert AuditEntry.objects.of(sku).get().after == {"cost": 7.5}


def test_the_price_of_a_known_sku_is_not_changed_by_a_file(store, path):
    """CAT-6: prices change by requests; the first price of a new SKU comes with it."""
    sku = SkuFactory(store=store, code="CUP-RED-RED-001", list_price=100)

    session = bring(store, path, "code,标价\nCUP-RED-RED-001,90\n")

    sku.refresh_from_db()
    assert (sku.list_price, session.duplicate) == (100, 1)
    code, column, reason = remark(session)
    assert (code, column) == ("price_kept", "标价")
    assert "100.00" in reason


def test_a_first_price_below_the_floor_is_refused_with_its_arithmetic(store, path):
    """CAT-6: it waits for nobody's yes, but is held to cost and least margin."""
    session = bring(store, path, "code,name,cost,标价\nA,x,40,45.99\nB,y,40,46.00\nC,z,,1\n")

    assert figures(session) == (2, 0, 0, 1)
    line, code, column, reason = rejection(session)
    assert (line, code, column) == (2, "below_floor", "标价")
    assert "cost 40.00 × 1.15 = 46.00 > 45.99" in reason


def test_a_file_finds_a_sku_by_an_old_code(store, path):
    """CAT-1"""
    sku = SkuFactory(store=store)
    factories.SkuCodeFactory(store=store, sku=sku, code="6901234567892")

    session = bring(store, path, "code,barcode\n6901234567892,6901234567892\n")

    assert figures(session) == (0, 1, 0, 0)
    assert Sku.objects.get() == sku
    assert Sku.objects.get().barcode == "6901234567892"


def test_the_code_of_a_removed_sku_is_refused(store, path):
    """CAT-1: never reused."""
    SkuFactory(store=store, code="GONE").delete()

    session = bring(store, path, "code,name\nGONE,x\n")

    line, code, column, reason = rejection(session)
    assert (line, code, column) == (2, "code_taken", "code")
    assert "no code is used twice" in reason


def test_an_alias_of_another_sku_is_refused(store, path):
    other = SkuFactory(store=store, code="OTHER")

    session = bring(store, path, "code,name,alias\nNEW,x,OTHER\nNEW-2,y,Z\nNEW-3,y,Z\n")

    reasons = list(session.rows.rejected().values_list("line", "column", "reason"))
    assert reasons == [
        (2, "alias", f"OTHER belongs to the SKU {other.code}."),
        (4, "alias", "Z is a code of NEW-2 in this file already."),
    ]
    assert figures(session) == (1, 0, 0, 2)


def test_a_code_told_twice_names_both_lines(store, path):
    session = bring(store, path, "code,name\nA,x\nB,x\nA,y\n")

    line, code, _column, reason = rejection(session)
    assert (line, code) == (4, "repeated_key")
    assert reason.startswith("Line 2 has the same code")


def test_one_sku_under_two_of_its_codes_is_told_once(store, path):
    sku = SkuFactory(store=store, code="A")
    factories.SkuCodeFactory(store=store, sku=sku, code="B")

    session = bring(store, path, "code,spec\nA,red\nB,blue\n")

    assert rejection(session)[0] == 3
    assert Sku.objects.get().spec == "red"


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("code,name\nA,\n", "missing_value", "name"),
        ("code,name\n,x\n", "missing_value", "code"),
        ("code,name,cost\nA,x,-1\n", "negative", "cost"),
        ("code,name,在用\nA,x,maybe\n", "not_yes_or_no", "在用"),
        ("code,name,weight\nA,x,1.5\n", "fraction", "weight"),
        ("code,name,alias\nA,x,Ｆ１\n", "full_width", "alias"),
        ("code,name,cost\nA,x,99999999999\n", "refused_by_database", ""),
        ("code,product,name\nA,P,x\nB,P,y\n", "contradicting_lines", "name"),
    ],
)
def test_a_bad_row_says_its_column_and_why(store, path, text, code, column):
    session = bring(store, path, text)

    assert rejection(session)[1:3] == (code, column)


def test_a_file_moves_no_sku_to_another_product(store, path):
    sku = SkuFactory(store=store, code="A")

    session = bring(store, path, "code,product\nA,ANOTHER\n")

    assert rejection(session)[1:3] == ("other_product", "product")
    assert sku.product.code in rejection(session)[3]


def test_codes_that_break_the_scheme_come_in_and_are_reported(store, path):
    """CAT-1: by column and reason; the default scheme lets them into stock, too."""
    session = bring(store, path, "SKU编码,name\nA18164178225,x\n")

    assert session.created == 1
    code, column, reason = remark(session)
    assert (code, column) == ("breaks_scheme", "SKU编码")
    assert "CATEGORY-BRAND-SPEC-001" in reason


def test_the_preview_says_what_would_change(store, path):
    sku = SkuFactory(store=store, code="A", spec="red", product__name="Old name")
    content = "code,name,spec,list_price,alias\nA,New name,blue,1,OLD\n"
    session = stage_file(store, path, content, importer="products")

    preview.record(session)
    (changed,) = preview.changed_rows(session)

    shown = [(str(change.title), change.before, change.after) for change in changed.changes]
    assert shown == [
        ("name", "Old name", "New name"),
        ("spec", "red", "blue"),
        ("aliases", "", "OLD"),
    ]
    assert session.dialect["preview"]["remarks"][0]["column"] == "list_price"
    assert Sku.objects.get() == sku
    assert importers.get("products").count_known(session) == 1


def test_an_import_is_taken_back_while_nothing_came_of_it(store, path):
    session = bring(store, path, TWO)

    undone = take_back(session)

    assert undone.reason.startswith("2 taken back, 0 stay")
    assert not Sku.objects.exists()
    assert not Product.objects.exists()
    assert figures(bring(store, path, TWO)) == (2, 0, 0, 0)


def test_what_was_touched_stays(store, path):
    """Received, ordered, or changed since; and a product that was there before."""
    factories.ProductFactory(store=store, code="OURS")
    lines = "".join(f"A{number},P{number},x\n" for number in range(4))
    session = bring(store, path, f"code,product,name\n{lines}B,OURS,x\n")
    skus = {sku.code: sku for sku in Sku.objects.all()}
    factories.StockLevelFactory(sku=skus["A0"])
    order = factories.OrderFactory(store=store)
    factories.OrderLineFactory(order=order, sku=skus["A1"])
    Sku.objects.filter(code="A2").update(cost=3)

    take_back(session)

    assert set(Sku.objects.values_list("code", flat=True)) == {"A0", "A1", "A2"}
    assert set(Product.objects.values_list("code", flat=True)) == {"P0", "P1", "P2", "OURS"}
    assert_invariants_hold("catalog")


@pytest.mark.django_db(transaction=True)
def test_a_code_that_somebody_takes_meanwhile_is_known_then():
    """CAT-1: duplicate rate 0."""
    store = StoreFactory()
    take = partial(
        take_articles,
        [ArticleDraft("X", name="x")],
        store=store,
        source="",
        actor=None,
        at=MOMENT,
    )

    def from_a_file():
        try:
            return take()
        except IntegrityError as error:
            return error

    (found,) = run_while_uncommitted(
        partial(SkuFactory, store=store, code="X", product__name="x"), from_a_file
    )

    assert (found.outcome, found.sku) == ("duplicate", Sku.objects.get())


TAOBAO = (
    "update_time,id,title,price,sale_count,comment_count,店名\n"
    "2016/11/13,A18164178225,自然堂滋润霜50g,139,26684,2714,自然堂\n"
    "2016/11/14,A18164178225,自然堂雪域滋润霜50g,129,26719,2704,自然堂\n"
    "2016/11/14,A18177105952,自然堂乳液120ML,194,8122,1492,自然堂\n"
    "2016/11/14,,自然堂乳液,194,8122,1492,自然堂\n"
)


def test_taobao_of_an_article_the_newest_line_counts(store, path):
    session = bring(store, path, TAOBAO.encode("gbk"), importer="taobao-products")

    assert figures(session) == (2, 0, 0, 2)
    article = Sku.objects.get(code="A18164178225")
    assert (article.list_price, article.product.brand) == (129, "自然堂")
    assert article.product.name == "自然堂雪域滋润霜50g"
    reasons = dict(session.rows.rejected().values_list("line", "reason"))
    assert reasons[2].startswith("Line 3 tells of the same article and counts")
    assert reasons[5] == "The cell is empty."


def test_the_command_answers_and_writes_both_reports(store, path, capsys):
    path.write_bytes(TAOBAO.encode("gbk"))

    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_products", path, store=store.code, format="taobao-products", at=AS_OF, json=True
        )

    answer = orjson.loads(capsys.readouterr().out)
    assert ended.value.code == 3
    assert {name: answer[name] for name in ("read", "created", "rejected")} == {
        "read": 4,
        "created": 2,
        "rejected": 2,
    }
    rejects = path.with_name("products.csv.rejects.csv").read_text("utf-8-sig")
    remarks = path.with_name("products.csv.remarks.csv").read_text("utf-8-sig")
    assert rejects.startswith("line,column,reason,row")
    assert "3,id," in remarks


def test_a_dry_run_leaves_nothing(store, path, capsys):
    path.write_text(TWO)

    call_command("import_products", path, store=store.code, format="generic", dry_run=True)

    assert "2 created" in capsys.readouterr().out
    assert not SkuCode.objects.exists()

"""CAT-1: codes are made, explained, checked, and never used twice."""

import re
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from catalog.coding import WrongCode
from catalog.models import CodeCounter, CodePart, CodeScheme, Product, Sku, SkuCode
from catalog.services.articles import Article, ensure_articles
from catalog.services.codes import (
    CodeTaken,
    add_alias,
    book_of,
    explain_code,
    find_sku,
    follows_scheme,
    give_code,
    next_codes,
)
from catalog.services.stock import receive_stock
from opsdesk.errors import NotAllowed
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, run_while_uncommitted
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

PHONE = "PHONE-APPLE-128G-BLACK"


def with_parts(store):
    for kind, code, name in (
        ("category", "PHONE", "手机"),
        ("brand", "APPLE", "苹果"),
        ("spec", "128G", "128G"),
        ("spec", "BLACK", "黑色"),
    ):
        factories.CodePartFactory(scheme__store=store, kind=kind, code=code, name=name)
    return store


def scheme_of(store, **fields):
    scheme, _is_new = CodeScheme.objects.update_or_create(store=store, defaults=fields)
    return scheme


@pytest.fixture
def store(db):
    return with_parts(factories.StoreFactory())


def draw(store, stem=PHONE, count=1):
    return next_codes(book_of(store.pk), stem, count=count)


def reading(store, code):
    return book_of(store.pk).read(code)


def complaints(store, code):
    return [violation.code for violation in reading(store, code).violations]


def receive(sku, warehouse=None, actor=None):
    warehouse = warehouse or factories.WarehouseFactory(store=sku.store)
    return receive_stock(
        sku_id=sku.pk, warehouse_id=warehouse.pk, quantity=1, actor=actor, at=MOMENT
    )


def test_a_code_is_category_brand_spec_and_serial(store):
    """CAT-1: 手机-苹果-128G黑色-001 → PHONE-APPLE-128G-BLACK-001."""
    book = book_of(store.pk)

    stem = book.stem(category="PHONE", brand="APPLE", specs=["128G", "BLACK"])

    assert next_codes(book, stem, count=2) == [f"{PHONE}-001", f"{PHONE}-002"]
    assert next_codes(book, stem) == [f"{PHONE}-003"]


def test_a_code_is_explained(store):
    """CAT-1"""
    found = reading(store, f"{PHONE}-001")

    assert [piece.name for piece in found.pieces] == ["手机", "苹果", "128G", "黑色"]
    assert (found.serial, found.violations) == (1, [])
    assert found.sentence == "手机, 苹果, 128G, 黑色, no. 1"


READ = pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{PHONE}-001", []),
        (f"{PHONE}-1000", []),
        (f"{PHONE}-01", ["serial"]),
        (f"{PHONE}-0001", ["serial"]),
        (f"{PHONE}-A01", ["serial"]),
        ("PHONE-APPLE-001", ["form"]),
        ("PHONE--APPLE-128G-001", ["form"]),
        ("A18164178225", ["form"]),
        ("PHONE-APPLE-64G-001", ["unknown_part"]),
        ("phone-APPLE-128G-001", ["small_letters", "unknown_part"]),
        ("PHONE-APPLE-黑-001", ["characters", "unknown_part"]),
    ],
)


@READ
def test_what_breaks_the_scheme_is_said(store, code, expected):
    """CAT-1"""
    assert complaints(store, code) == expected


@READ
def test_the_database_finds_what_breaks_the_scheme(store, code, expected):
    """CAT-1: by the same rules as a code is read."""
    factories.CodePartFactory(scheme__store=store, kind="spec", code="a.b", name="x")
    sku = factories.SkuFactory(store=store, code=code)
    other = factories.SkuFactory(code=f"{PHONE}-002")  # of a store that knows no such parts

    follows = follows_scheme([store.pk, other.store_id])

    assert list(Sku.objects.filter(follows)) == ([] if expected else [sku])
    assert list(Sku.objects.exclude(follows)) == ([sku, other] if expected else [other])


def test_a_store_writes_its_codes_its_own_way(store):
    scheme_of(store, pattern="brand-category", separator="/", serial_width=5, is_upper=False)
    book = book_of(store.pk)

    stem = book.stem(category="PHONE", brand="APPLE", specs=["128G"])

    assert next_codes(book, stem) == ["APPLE/PHONE/00001"]
    assert complaints(store, "APPLE/PHONE/00001") == []
    assert re.search(book_of(store.pk).sound(), "APPLE/PHONE/00001")
    assert complaints(store, f"{PHONE}-001") == ["characters", "form"]


def test_a_part_that_the_scheme_asks_for_is_not_left_out(store):
    with pytest.raises(WrongCode, match="brand"):
        book_of(store.pk).stem(category="PHONE", specs=["128G"])


def test_serials_of_files_are_passed_over(store):
    """Also those that came after the counter was begun; a longer stem is another one."""
    factories.SkuFactory(store=store, code=f"{PHONE}-007")
    factories.SkuFactory(store=store, code=f"{PHONE}-RED-050")
    factories.SkuFactory(code=f"{PHONE}-090")

    assert draw(store) == [f"{PHONE}-008"]
    factories.SkuFactory(store=store, code=f"{PHONE}-020")
    assert draw(store, count=2) == [f"{PHONE}-021", f"{PHONE}-022"]


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_draw_fifty_codes():
    """CAT-1: duplicate rate 0."""
    store = with_parts(factories.StoreFactory())
    factories.SkuFactory(store=store, code=f"{PHONE}-004")

    drawn = run_together([partial(draw, store)] * 50)

    serials = sorted(code for codes in drawn for code in codes)
    assert serials == [f"{PHONE}-{number:03d}" for number in range(5, 55)]
    assert CodeCounter.objects.get().last == 54


def test_a_code_is_never_given_to_a_second_sku(store):
    """CAT-1: neither that of a removed SKU, nor the former one of a renamed, nor an alias."""
    gone = factories.SkuFactory(store=store, code="GONE")
    renamed = factories.SkuFactory(store=store, code="OLD")
    factories.SkuCodeFactory(store=store, sku=renamed, code="6901234567892")
    gone.delete()
    Sku.objects.filter(pk=renamed.pk).update(code="NEW")

    for code in ("GONE", "OLD", "6901234567892"):
        with pytest.raises(IntegrityError, match="sku_code_never_twice"), transaction.atomic():
            factories.SkuFactory(store=store, code=code)
    with pytest.raises(IntegrityError, match="never given"), transaction.atomic():
        Sku.objects.filter(pk=factories.SkuFactory(store=store).pk).update(code="OLD")
    assert factories.SkuFactory(code="GONE").pk
    assert_invariants_hold()


def test_a_sku_may_take_its_own_former_code_again(store):
    sku = factories.SkuFactory(store=store, code="OLD")

    for code in ("NEW", "OLD"):
        Sku.objects.filter(pk=sku.pk).update(code=code)

    assert dict(sku.codes.values_list("code", "kind")) == {"OLD": "own", "NEW": "former"}
    assert find_sku(store_id=store.pk, code="NEW") == sku


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM catalog_skucode",
        "UPDATE catalog_skucode SET code = 'FREE'",
        "UPDATE catalog_skucode SET sku_id = (SELECT max(id) FROM catalog_sku) WHERE code = 'A'",
    ],
)
def test_the_record_of_used_codes_is_not_rewritten(store, statement):
    """CAT-1: by nobody, in psql neither."""
    factories.SkuFactory(store=store, code="A")
    factories.SkuFactory(store=store, code="B")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_part_keeps_its_code(store):
    part = CodePart.objects.filter(scheme__store=store).first()

    with pytest.raises(DatabaseError), transaction.atomic():
        CodePart.objects.filter(pk=part.pk).update(code="OTHER")


def alias(sku, code, actor=None):
    return add_alias(sku_id=sku.pk, code=code, source="ERP", actor=actor, at=MOMENT)


def test_an_old_code_finds_its_sku(store):
    """CAT-1"""
    sku = factories.SkuFactory(store=store)

    alias(sku, "6901234567892")
    alias(sku, "old-7")

    assert find_sku(store_id=store.pk, code="6901234567892") == sku
    assert find_sku(store_id=store.pk, code="OLD-7") == sku
    assert find_sku(store_id=factories.StoreFactory().pk, code="6901234567892") is None


def test_an_alias_leads_to_one_sku(store):
    sku, other = factories.SkuFactory.create_batch(2, store=store)
    alias(sku, "X")

    assert alias(sku, "X").sku == sku
    with pytest.raises(CodeTaken) as refusal:
        alias(other, "X")
    assert refusal.value.facts == {"code": "X", "sku_id": sku.pk}
    with pytest.raises(CodeTaken):
        alias(other, sku.code)


def test_only_who_may_change_a_sku_gives_it_an_alias(store):
    with pytest.raises(NotAllowed):
        alias(
            factories.SkuFactory(store=store),
            "X",
            factories.UserFactory(role=Role.WAREHOUSE, store=store),
        )


def test_a_known_sku_gets_another_code_and_is_found_by_both(store):
    """CAT-1: the old one is its own for ever, and it may take it again."""
    sku = factories.SkuFactory(store=store, code="A18164178225")

    give_code(sku_id=sku.pk, code=f" {PHONE}-001 ", actor=None)

    sku.refresh_from_db()
    assert sku.code == f"{PHONE}-001"
    assert find_sku(store_id=store.pk, code="A18164178225") == sku
    assert dict(sku.codes.values_list("code", "kind"))["A18164178225"] == "former"
    pytest.raises(IntegrityError, factories.SkuFactory, store=store, code="A18164178225")


def test_a_code_that_is_another_ones_or_breaks_a_strict_scheme_is_not_given(store):
    sku, other = (factories.SkuFactory(store=store, code=code) for code in ("X-1", "X-2"))
    reviewer = factories.UserFactory(role=Role.WAREHOUSE, store=store)

    pytest.raises(CodeTaken, give_code, sku_id=sku.pk, code=other.code, actor=None)
    pytest.raises(NotAllowed, give_code, sku_id=sku.pk, code="X-3", actor=reviewer)
    scheme_of(store, is_strict=True)
    pytest.raises(WrongCode, give_code, sku_id=sku.pk, code="X-3", actor=None)

    assert set(Sku.objects.values_list("code", flat=True)) == {"X-1", "X-2"}


@pytest.mark.django_db(transaction=True)
def test_a_sku_and_an_alias_of_one_code_are_not_both_made():
    store = factories.StoreFactory()
    sku, product = factories.SkuFactory(store=store), factories.ProductFactory(store=store)

    def second():
        try:
            return Sku.objects.create(store=store, product=product, code="X")
        except IntegrityError as error:
            return error

    found = run_while_uncommitted(partial(alias, sku, "X"), second)

    assert isinstance(found, IntegrityError)
    assert_invariants_hold()


def test_the_code_is_checked_when_goods_first_enter_stock(store):
    """CAT-1: in a strict store what breaks the scheme stays outside; the rest comes in."""
    good = factories.SkuFactory(store=store, code=f"{PHONE}-001")
    bad = factories.SkuFactory(store=store, code="A18164178225")
    scheme_of(store, is_strict=True)

    receive(good)
    with pytest.raises(WrongCode) as refusal:
        receive(bad)

    assert refusal.value.facts == {"code": "A18164178225", "violations": ["form"]}
    scheme_of(store, is_strict=False)
    assert receive(bad).quantity == 1


def test_what_has_been_in_stock_comes_again(store):
    """CAT-1: a scheme that becomes strict locks nothing out that lies there already."""
    sku = factories.SkuFactory(store=store, code="A18164178225")
    receive(sku)

    scheme_of(store, is_strict=True)

    assert receive(sku).quantity == 1


@pytest.mark.django_db
def test_a_store_without_a_scheme_takes_any_code():
    sku = factories.SkuFactory(code="anything goes 1")

    assert receive(sku).quantity == 1
    assert [violation.code for violation in explain_code(sku).violations] == [
        "characters",
        "small_letters",
        "form",
    ]


def test_articles_of_a_history_never_take_a_used_code(store):
    """CAT-1"""
    sku = factories.SkuFactory(store=store)
    alias(sku, "ALIAS")
    factories.SkuFactory(store=store, code="GONE").delete()

    made = ensure_articles([Article("ALIAS"), Article("GONE"), Article("NEW")], store=store)

    assert made == 1
    assert set(Product.objects.filter(code__in=["ALIAS", "GONE"])) == set()
    assert SkuCode.objects.get(code="NEW").kind == "own"

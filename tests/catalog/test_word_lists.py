"""CAT-5: the lists of forbidden words, by hand and by file, and where hits are shown."""

from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from catalog import tabs
from catalog.models import ForbiddenWord, Product, WordList
from catalog.services.tables import MOST_BYTES
from catalog.services.word_lists import export_words, import_words, may_edit, problem_with
from opsdesk.audit.models import AuditEntry
from opsdesk.exchange.problems import FileRefused
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_while_uncommitted
from tests.factories import MOMENT

pytestmark = pytest.mark.django_db

HEADER = "text,kind,allowed,source,suggestion,active\n"


@pytest.fixture
def operator():
    return factories.UserFactory(role=Role.CATALOG_OPERATOR)


@pytest.fixture
def words(operator):
    return factories.WordListFactory(store=operator.memberships.get().store)


@pytest.fixture
def signed_in(client, operator):
    client.force_login(operator)
    return client


def file_of(text, name="words.csv", encoding="utf-8"):
    return SimpleUploadedFile(name, text.encode(encoding))


def bring_in(words, text, actor, **kwargs):
    return import_words(word_list=words, upload=file_of(text, **kwargs), actor=actor, at=MOMENT)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["forbiddenword", "keyword"])
def test_of_two_who_add_the_same_word_at_once_the_second_is_told(client, kind):
    """CAT-4, CAT-5: by the form, which both had filled in rightly."""
    operator = factories.UserFactory(role=Role.CATALOG_OPERATOR)
    store = operator.memberships.get().store
    words = factories.WordListFactory(store=store)
    client.force_login(operator)
    first, given = {
        "forbiddenword": (
            partial(factories.ForbiddenWordFactory, list=words, text="国家级"),
            {"list": words.pk, "text": "國家級", "kind": "authority", "is_active": "on"},
        ),
        "keyword": (
            partial(factories.KeywordFactory, store=store, text="紫砂壶", category=""),
            {
                "store": store.pk,
                "text": "紫砂壺",
                "kind": "product",
                "role": "core",
                "is_active": "on",
            },
        ),
    }[kind]

    second = run_while_uncommitted(
        first, partial(client.post, f"/admin/catalog/{kind}/add/", given)
    )

    assert second.status_code == 200, second.content
    assert "It is there already" in second.content.decode()


def test_good_lines_are_taken_and_bad_ones_told_with_their_reason(words, operator):
    text = HEADER + (
        "国家级,authority,no,广告法第九条,优质,yes\n"
        "国家 级,absolute,,,,\n"
        ",absolute,,,,\n"
        "—·—,absolute,,,,\n"
        "A+,absolute,,,,\n"
        "极好,nonsense,,,,\n"
        "极佳,absolute,perhaps,,,\n"
        f"{'很' * 61},absolute,,,,\n"
        f"极妙,absolute,,{'法' * 201},,\n"
        "第一步,,yes,,,\n"
    )

    filed = bring_in(words, text, operator)

    assert (filed.added, filed.changed, filed.unchanged) == (2, 0, 0)
    assert [(each.line, each.column) for each in filed.rejected] == [
        (3, "text"),
        (4, "text"),
        (5, "text"),
        (6, "text"),
        (7, "kind"),
        (8, "allowed"),
        (9, "text"),
        (10, "source"),
    ]
    assert "Line 2 has this word already." in filed.rejected[0].message
    assert "too short" in filed.rejected[3].message
    assert words.words.get(text="国家级").added_by == operator
    assert words.words.get(text="第一步").is_exception


def test_the_same_file_again_changes_nothing(words, operator):
    text = HEADER + "国家级,authority,no,广告法第九条,优质,yes\n"
    bring_in(words, text, operator)

    filed = bring_in(words, text, operator)

    assert (filed.added, filed.changed, filed.unchanged, filed.rejected) == (0, 0, 1, [])


def test_a_column_the_file_lacks_leaves_known_words_as_they_are(words, operator):
    factories.ForbiddenWordFactory(list=words, text="国家级", source="Law", is_active=False)

    filed = bring_in(words, "违禁词,替换建议\n國家級,优质\n", operator, encoding="gb18030")

    row = words.words.get()
    assert filed.changed == 1
    assert (row.text, row.source, row.suggestion, row.is_active) == ("國家級", "Law", "优质", False)


def test_a_list_comes_back_as_it_left(words, operator):
    factories.ForbiddenWordFactory(list=words, text="=极好", kind="absolute", source="a, “b”")
    factories.ForbiddenWordFactory(list=words, text="极好看", is_exception=True, is_active=False)
    with export_words(words).content as content:
        file = content.read()

    again = import_words(
        word_list=words, upload=SimpleUploadedFile("w.csv", file), actor=operator, at=MOMENT
    )

    assert (again.unchanged, again.added, again.changed, again.rejected) == (2, 0, 0, [])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("其他\n国家级\n".encode(), "no_header"),
        (b"kind\nabsolute\n", "missing_column"),
        ("text,colour\n国家级,red\n".encode(), "unknown_column"),
        (b"\xff\xfe\x00", None),
        (b"x" * (MOST_BYTES + 1), "file_too_large"),
    ],
)
def test_what_is_no_table_of_words_is_refused_as_a_whole(words, operator, content, code):
    with pytest.raises(FileRefused) as refusal:
        import_words(
            word_list=words,
            upload=SimpleUploadedFile("w.csv", content),
            actor=operator,
            at=MOMENT,
        )

    assert code in (None, refusal.value.code)
    assert not words.words.exists()


@pytest.mark.parametrize("text", ["", " ", "·", "a", "Ａ", "，"])
def test_what_cannot_be_looked_for_is_said(text):
    assert problem_with(text)


def test_a_list_of_all_stores_is_edited_by_who_works_in_every_one(operator):
    common = factories.WordListFactory(store=None)
    assert may_edit(operator, common)

    factories.StoreFactory()

    assert not may_edit(type(operator).objects.get(pk=operator.pk), common)


def test_a_word_is_added_on_its_page_once(signed_in, words, operator):
    page = reverse("admin:catalog_forbiddenword_add")
    given = {"list": words.pk, "text": "国家级", "kind": "authority", "is_active": "on"}

    first = signed_in.post(page, given)
    second = signed_in.post(page, given | {"text": "國家 級"})

    assert first.status_code == 302
    assert "It is there already, as “国家级”." in second.content.decode()
    assert words.words.get().added_by == operator


def test_a_word_that_cannot_be_looked_for_is_refused_on_the_page(signed_in, words):
    given = {"list": words.pk, "text": "a", "kind": "other", "is_active": "on"}

    answer = signed_in.post(reverse("admin:catalog_forbiddenword_add"), given)

    assert "too short" in answer.content.decode()


def test_a_word_is_switched_off_and_that_is_on_record(signed_in, words):
    row = factories.ForbiddenWordFactory(list=words, text="极好")

    signed_in.post(
        reverse("admin:catalog_forbiddenword_change", args=[row.pk]),
        {"text": "极好", "kind": "other"},
    )

    assert not ForbiddenWord.objects.get(pk=row.pk).is_active
    assert AuditEntry.objects.of(row).get().after == {"is_active": False}


def test_an_operator_of_one_store_changes_no_list_of_all_stores(signed_in):
    common = factories.ForbiddenWordFactory(list__store=None, text="极好")
    factories.StoreFactory()

    pages = [
        signed_in.post(page, {"name": "x", "text": "x", "kind": "other"})
        for page in (
            reverse("admin:catalog_wordlist_change", args=[common.list_id]),
            reverse("admin:catalog_forbiddenword_change", args=[common.pk]),
            reverse("admin:catalog_wordlist_import", args=[common.list_id]),
        )
    ]
    new = signed_in.post(reverse("admin:catalog_wordlist_add"), {"name": "Everywhere"})

    assert [page.status_code for page in pages] == [403, 403, 403]
    assert "you do not work for all of them" in new.content.decode()
    assert not WordList.objects.filter(name="Everywhere").exists()


def test_a_file_is_brought_in_on_its_page(signed_in, words):
    page = reverse("admin:catalog_wordlist_import", args=[words.pk])

    answer = signed_in.post(page, {"file": file_of("text\n极好\na\n")}).content.decode()
    refused = signed_in.post(page, {"file": file_of("nothing\n1\n")}).content.decode()

    assert "New: 1. Changed: 0. As they were: 0. Not taken: 1." in answer
    assert "too short" in answer
    assert "no known column name" in refused


def test_a_list_leaves_as_a_file_and_that_is_on_record(signed_in, words, operator):
    factories.ForbiddenWordFactory(list=words, text="极好")

    answer = signed_in.get(reverse("admin:catalog_wordlist_export", args=[words.pk]))

    assert "极好" in answer.getvalue().decode("utf-8-sig")
    assert AuditEntry.objects.get(verb=AuditEntry.Verb.EXPORTED).actor == operator


def test_a_text_is_tried_with_its_hits_where_they_stand(signed_in, words):
    factories.ForbiddenWordFactory(list=words, text="极好", source="Law 9")
    text = {"store": words.store_id, "text": "<b>极 好</b>的面霜"}

    page = signed_in.post(reverse("admin:catalog_wordlist_try"), text).content.decode()
    clean = signed_in.post(reverse("admin:catalog_wordlist_try"), text | {"text": "面霜"})

    assert '<mark class="od-mark" title="other · Law 9 · ' in page
    assert "&lt;b&gt;<mark" in page
    assert "No forbidden word." in clean.content.decode()


def test_a_text_is_tried_only_in_one_s_own_stores(signed_in):
    theirs = factories.StoreFactory()

    page = signed_in.post(
        reverse("admin:catalog_wordlist_try"), {"store": theirs.pk, "text": "极好"}
    )

    assert "od-mark" not in page.content.decode()


def test_saving_a_name_with_a_forbidden_word_warns_where_it_stands(signed_in, words):
    """CAT-5: a warning on save; what keeps it from going live is the gate."""
    factories.ForbiddenWordFactory(list=words, text="极好")
    product = factories.ProductFactory(store=words.store)

    answer = signed_in.post(
        reverse("admin:catalog_product_edit", args=[product.pk]),
        {
            "code": product.code,
            "name": "极-好的<面霜>",
            "is_active": "on",
            "skus-TOTAL_FORMS": 0,
            "skus-INITIAL_FORMS": 0,
            "videos-TOTAL_FORMS": 0,
            "videos-INITIAL_FORMS": 0,
        },
        follow=True,
    )

    assert Product.objects.get(pk=product.pk).name == "极-好的<面霜>"
    assert "极-好</mark>的&lt;面霜&gt;" in answer.content.decode()


def test_the_tab_of_a_product_shows_texts_with_hits_and_the_core_words(words, operator):
    """CAT-4, CAT-5: on one page what is wrong, and what is missing."""
    factories.ForbiddenWordFactory(list=words, text="极好")
    for text in ("面霜", "保湿", "水乳"):
        factories.KeywordFactory(store=words.store, text=text)
    product = factories.ProductFactory(store=words.store, name="面霜")
    factories.ListingFactory(
        store=words.store,
        product=product,
        title="极好的 面霜",
        description="<i>",
        attributes={"功效": "保湿"},
    )
    request = RequestFactory().get("/")
    request.user = operator

    tab = next(tab for tab in tabs.tabs_for(request, product) if tab.code == "words")
    context = {"product": product, **tab.context(request, product)}
    page = render_to_string(tab.template, context, request)

    assert "极好</mark>的 面霜" in page
    assert "&lt;i&gt;" in page
    assert "67 %" in page
    assert "Title: 1 / 3" in page
    assert "Attributes: 1 / 3" in page

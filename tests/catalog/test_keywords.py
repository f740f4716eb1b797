"""CAT-4: the keyword library, what of it stands in the texts, and titles made of it."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models import Keyword
from catalog.services import keywords
from catalog.services.keywords import Place, coverage_of, export_keywords, import_keywords
from catalog.services.titles import LIMIT, look_at, propose_titles, width_of
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_while_uncommitted
from tests.factories import MOMENT


@pytest.fixture
def store(db):
    return factories.StoreFactory()


@pytest.fixture
def channel(store):
    return factories.ChannelFactory(store=store, platform="taobao")


def words(store, **roles):
    """Role → its words, the first of each searched most."""
    return [
        factories.KeywordFactory(
            store=store, role=role, text=text, search_volume=1000 - at, competition=at
        )
        for role, texts in roles.items()
        for at, text in enumerate(texts.split())
    ]


@pytest.mark.parametrize(
    ("text", "platform", "width"),
    [
        ("面霜50g", "taobao", 7),
        ("面霜，Ａ", "jd", 8),
        ("面霜50g", "shopify", 5),
        ("", "tmall", 0),
    ],
)
def test_a_title_is_counted_as_its_channel_counts(text, platform, width):
    assert width_of(text, platform) == width


def test_a_title_is_core_attribute_and_scene_words(store, channel):
    """CAT-4: title = core word + attribute words + scene words, within the channel's limit."""
    library = words(store, core="面霜", attribute="补水 保湿", scene="秋冬 送女友")

    first = propose_titles(library, channel=channel, at=MOMENT, brand="自然堂")[0]

    assert first.text == "自然堂 面霜 补水 保湿 秋冬 送女友"
    assert (first.width, first.limit, first.hits) == (33, 60, [])


def test_what_does_not_fit_is_left_out(store, channel):
    factories.SettingOverrideFactory(key=LIMIT.key, store=store, channel=channel, value=14)
    library = words(
        store, core="面霜 一个非常长的核心词语", attribute="补水保湿 滋润", scene="秋冬"
    )

    titles = propose_titles(library, channel=channel, at=MOMENT)

    assert [(each.text, each.width) for each in titles] == [("面霜 补水保湿", 13)]


def test_a_proposal_holds_no_forbidden_word(store, channel):
    listed = factories.WordListFactory(store=store)
    factories.ForbiddenWordFactory(list=listed, text="极好")
    factories.ForbiddenWordFactory(list=listed, text="面霜甲")
    library = words(store, core="面霜 极好面霜", attribute="甲乙 补水")

    titles = propose_titles(library, channel=channel, at=MOMENT)

    assert titles == []
    assert propose_titles(library[:1] + library[3:], channel=channel, at=MOMENT)


TEXTS = st.text("面霜补水保湿秋冬ab1 ", min_size=1, max_size=12).filter(str.strip)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(Keyword.Role.values)), max_size=12))
@settings(max_examples=30, deadline=None)
@pytest.mark.django_db
def test_no_proposal_is_longer_than_the_limit(drawn):
    channel = factories.ChannelFactory(platform="taobao")
    library = [
        Keyword(store=channel.store, text=text.strip(), role=role, search_volume=at)
        for at, (text, role) in enumerate(drawn)
    ]

    for title in propose_titles(library, channel=channel, at=MOMENT):
        assert title.width == width_of(title.text, "taobao") <= 60


def test_a_title_is_checked_while_it_is_written(store, channel):
    factories.ForbiddenWordFactory(list__store=store, text="极好")

    title = look_at("极好的面霜" * 7, channel=channel, at=MOMENT)

    assert (title.width, title.is_too_long, title.too_many, len(title.hits)) == (70, True, 10, 7)


def test_it_is_told_which_core_words_stand_where(store):
    """CAT-4: coverage of the core words in title, description and attributes."""
    words(store, core="面霜 保湿 top", attribute="滋润")
    product = factories.ProductFactory(store=store)
    listing = factories.ListingFactory(
        store=store,
        product=product,
        title="保 濕面霜",
        description="面霜, a stop sign",
        attributes={"功效": ["保湿"]},
    )

    covered = coverage_of(product, [listing])[0]

    assert [(word.keyword.text, word.stands[:3]) for word in covered.words] == [
        ("面霜", [True, True, False]),
        ("保湿", [True, False, True]),
        ("top", [False, False, False]),
    ]
    assert (covered.covered, covered.percent) == (2, 67)


def test_words_of_other_goods_do_not_count(store):
    factories.KeywordFactory(store=store, text="茶壶", category="厨房")
    factories.KeywordFactory(store=store, text="面霜", category="护肤")
    factories.KeywordFactory(store=store, text="包邮", is_active=False)
    product = factories.ProductFactory(store=store, category="护肤/面霜")
    listing = factories.ListingFactory(store=store, product=product, title="面霜")

    assert coverage_of(product, [listing])[0].percent == 100


def test_another_subject_adds_a_place(store, monkeypatch):
    monkeypatch.setattr(keywords, "_places", dict(keywords._places))
    words(store, core="面霜")
    product = factories.ProductFactory(store=store)
    listing = factories.ListingFactory(store=store, product=product)
    texts = Place("pictures", "Pictures", lambda listings: {each.pk: "面霜" for each in listings})

    keywords.register_place(texts)

    assert coverage_of(product, [listing])[0].by_place[-1] == ("Pictures", 1)


def test_coverage_asks_as_much_of_ten_listings_as_of_one(store):
    words(store, core="面霜 保湿")
    product = factories.ProductFactory(store=store)
    many = [factories.ListingFactory(store=store, product=product) for _ in range(10)]

    def statements(listings):
        with CaptureQueriesContext(connection) as asked:
            coverage_of(product, listings)
        return len(asked)

    assert statements(many) == statements(many[:1]) == 1


def test_the_platform_s_file_fills_the_library(store):
    text = (
        "关键词,词类,角色,搜索量,在线商品数\n"
        'face cream,product,core,"12,000",300\n'
        "补水,long_tail,attribute,800,\n"
        "补 水,product,core,1,\n"
        "面霜,product,nothing,1,1\n"
        "面膜,product,core,many,1\n"
        ",product,core,1,1\n"
    )

    filed = import_keywords(store=store, upload=SimpleUploadedFile("k.csv", text.encode("gb18030")))

    assert filed.added == 2
    assert [(each.line, each.column) for each in filed.rejected] == [
        (4, "text"),
        (5, "role"),
        (6, "search_volume"),
        (7, "text"),
    ]
    assert Keyword.objects.get(text="face cream").search_volume == 12_000


def test_the_library_comes_back_as_it_left(store):
    words(store, core="面霜 保湿", scene="秋冬")
    factories.KeywordFactory(store=store, text="面霜", category="护肤", is_active=False)
    with export_keywords(store).content as content:
        file = content.read()

    again = import_keywords(store=store, upload=SimpleUploadedFile("k.csv", file))

    assert (again.unchanged, again.added, again.changed, again.rejected) == (4, 0, 0, [])


@pytest.mark.django_db(transaction=True)
def test_two_files_at_once_take_turns():
    store = factories.StoreFactory()

    def bring_in():
        file = SimpleUploadedFile("k.csv", "text\n面霜\n".encode())
        return import_keywords(store=store, upload=file)

    second = run_while_uncommitted(bring_in, bring_in)

    assert (second.added, second.unchanged) == (0, 1)


def test_a_word_is_in_the_library_once_per_category(store):
    factories.KeywordFactory(store=store, text="面霜")
    factories.KeywordFactory(store=store, text="面霜", category="护肤")

    with pytest.raises(IntegrityError, match="keyword_unique_in_its_store"):
        factories.KeywordFactory(store=store, text="面 霜")


@pytest.fixture
def signed_in(client, store):
    client.force_login(factories.UserFactory(role=Role.CATALOG_OPERATOR, store=store))
    return client


def test_titles_are_proposed_on_the_page(signed_in, store, channel):
    library = words(store, core="面霜", attribute="补水 滋润")
    product = factories.ProductFactory(store=store, code="P1", brand="自然堂")
    page = reverse("admin:catalog_keyword_title")

    plain = signed_in.get(page, {"channel": channel.pk, "product": product.code})
    chosen = signed_in.get(
        page, {"channel": channel.pk, "product": "P1", "words": [library[0].pk, library[2].pk]}
    )
    wrong = signed_in.get(page, {"channel": channel.pk, "product": "P2"})

    assert "自然堂 面霜 补水 滋润" in plain.content.decode()
    assert "自然堂 面霜 滋润" in chosen.content.decode()
    assert "has no such product" in wrong.content.decode()


def test_a_title_is_checked_on_the_page(signed_in, store, channel):
    factories.ForbiddenWordFactory(list__store=store, text="极好")
    page = reverse("admin:catalog_keyword_check")

    told = signed_in.get(page, {"channel": channel.pk, "title": "极好的<面霜>"}).content.decode()

    assert "极好</mark>的&lt;面霜&gt;" in told
    assert "12 / 60" in told


def test_the_library_leaves_and_comes_as_a_file_on_its_page(signed_in, store):
    words(store, core="面霜")

    file = signed_in.get(reverse("admin:catalog_keyword_export", args=[store.pk])).getvalue()
    answer = signed_in.post(
        reverse("admin:catalog_keyword_import"),
        {"store": store.pk, "file": SimpleUploadedFile("k.csv", file)},
    )

    assert "As they were: 1." in answer.content.decode()

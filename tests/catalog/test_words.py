"""CAT-5: forbidden words are found in every text, the longest wins, exceptions lift."""

import html
import re

import pytest
from django.db import IntegrityError, connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from catalog.folding import fold
from catalog.models import ForbiddenWord, WordList
from catalog.services.word_lists import keep_starter_words
from catalog.services.words import Matcher, Word, hits_in, marked, matchers_for
from tests import factories


def word(text, *, exception=False, platform="", goods=()):
    return Word(
        text=text,
        folded=fold(text),
        list="list",
        kind="absolute",
        source="the law",
        suggestion="",
        is_exception=exception,
        platform=platform,
        goods=goods,
    )


def matcher(*texts, exceptions=()):
    return Matcher([*map(word, texts), *(word(text, exception=True) for text in exceptions)])


def found(matcher, text, **kwargs):
    return [hit.text for hit in matcher.hits(text, **kwargs)]


@pytest.mark.parametrize(
    "written", ["最好", "最 好", "最-好", "最\u200b好", "最·好", "最　好", "最★好", "最🔥好"]
)
def test_a_word_is_found_however_it_is_written(written):
    hits = matcher("最好").hits(f"面霜{written}用")

    assert [(hit.start, hit.end, hit.text) for hit in hits] == [(2, 2 + len(written), written)]


def test_traditional_and_full_width_letters_are_found():
    assert found(matcher("国家级", "TOP1"), "國家級 ＴＯＰ１") == ["國家級", "ＴＯＰ１"]


def test_the_end_of_one_phrase_and_the_beginning_of_the_next_are_no_word():
    assert found(matcher("最好"), "要买就买最，好用的。最\n好") == []


def test_the_longest_word_wins():
    """CAT-5: matched by longest term."""
    hits = matcher("最", "最高", "最高级", "高级别").hits("最高级别的面霜")

    assert [hit.text for hit in hits] == ["最高级"]


def test_an_exception_that_covers_a_hit_lifts_it():
    """CAT-5: with allowed exceptions, such as 第一步."""
    them = matcher("第一", "最", exceptions=["第一步", "最近"])

    assert found(them, "护肤第一步，最近上新") == []
    assert found(them, "销量第一，步步高") == ["第一"]
    assert found(them, "天下第一，最近最好") == ["第一", "最"]


def test_an_exception_torn_apart_lifts_nothing():
    assert found(matcher("第一", exceptions=["第一步"]), "销量第一 步骤简单") == ["第一"]


def test_a_longer_word_than_the_exception_stays_a_hit():
    them = matcher("第一", "第一步到位", exceptions=["第一步"])

    assert found(them, "护肤第一步到位") == ["第一步到位"]


def test_what_an_exception_lifts_is_told_on_request():
    hits = matcher("第一", exceptions=["第一步"]).hits("第一步", with_lifted=True)

    assert [(hit.text, hit.exception) for hit in hits] == [("第一", "第一步")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the best cream", ["best"]),
        ("最BEST面霜", ["BEST"]),
        ("bestow", []),
        ("asbest", []),
        ("best-seller", ["best"]),
        ("b.e.s.t", ["b.e.s.t"]),
        ("top 10", []),
        ("top 1", ["top 1"]),
        ("ＡＢＥＳＴ", []),
    ],
)
def test_latin_words_are_whole_words(text, expected):
    assert found(matcher("best", "TOP1"), text) == expected


@pytest.mark.parametrize("text", ["1.00%", "2100%", "100 g", "10,0%", "a100%"])
def test_another_number_is_no_hit(text):
    assert found(matcher("100%"), text) == []


def test_half_of_a_character_is_no_hit():
    assert found(matcher("㎏装", "克k"), "㎏ 克㎏") == []


def test_a_list_for_certain_goods_holds_for_these_and_for_unknown_ones():
    them = Matcher([word("抗菌", goods=("美妆", "护肤"))])

    assert found(them, "抗菌") == found(them, "抗菌", category="护肤/面霜") == ["抗菌"]
    assert found(them, "抗菌", category="厨房") == []


TERMS = ["最", "最好", "第一", "国家级", "best", "100%", "no1"]
PIECES = st.sampled_from(
    [*TERMS, "第一步", "國家級", "步", "，", " ", "-", "\u200b", "ＢＥＳＴ", "x", "㎏"]
)


@given(st.lists(PIECES).map("".join))
def test_every_hit_folds_to_its_word_and_none_overlap(text):
    hits = matcher(*TERMS, exceptions=["第一步"]).hits(text)

    assert all(fold(hit.text) == fold(text[hit.start : hit.end]) == hit.word.folded for hit in hits)
    assert all(one.end <= other.start for one, other in zip(hits, hits[1:], strict=False))


@given(st.lists(PIECES).map("".join))
def test_marking_changes_nothing_but_the_marks(text):
    hits = matcher(*TERMS).hits(text)

    shown = marked(text, hits)

    assert shown.count("<mark") == len(hits)
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)) == text


def test_a_marked_text_is_escaped():
    text = '<script>"最好"</script>'

    shown = marked(text, matcher("最好").hits(text))

    assert "<script" not in shown
    assert '<mark class="od-mark" title="absolute term · the law · list">最好</mark>' in shown


@pytest.mark.django_db
def test_a_store_s_list_holds_there_and_a_platform_s_on_it():
    ours, theirs = factories.StoreFactory(), factories.StoreFactory()
    factories.ForbiddenWordFactory(list__store=ours, text="甲甲")
    factories.ForbiddenWordFactory(list__store=None, list__platform="jd", text="乙乙")
    factories.ForbiddenWordFactory(list__store=None, text="丙丙")
    texts = {"title": "甲甲乙乙丙丙"}

    def words(store, platform=""):
        return [hit.text for hit in hits_in(texts, store=store, platform=platform)["title"]]

    assert words(ours) == ["甲甲", "丙丙"]
    assert words(theirs, "jd") == ["乙乙", "丙丙"]
    assert words(theirs, "tmall") == words(None) == ["丙丙"]


@pytest.mark.django_db
@pytest.mark.parametrize("switch", ["word", "list", "text", "exception", "sql"])
def test_a_change_of_a_list_holds_at_once(switch):
    row = factories.ForbiddenWordFactory(text="甲甲")
    store = row.list.store
    assert hits_in({"title": "甲甲"}, store=store)

    if switch == "word":
        ForbiddenWord.objects.filter(pk=row.pk).update(is_active=False)
    elif switch == "list":
        WordList.objects.filter(pk=row.list_id).update(is_active=False)
    elif switch == "text":
        row.text = "乙乙"
        row.save(update_fields=["text"])
    elif switch == "exception":
        factories.ForbiddenWordFactory(list=row.list, text="甲甲丙", is_exception=True)
        assert hits_in({"title": "甲甲丙"}, store=store) == {}
        return
    else:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_forbiddenword SET is_active = false WHERE true")

    assert hits_in({"title": "甲甲"}, store=store) == {}


@pytest.mark.django_db
def test_lists_that_did_not_change_cost_one_statement():
    store = factories.ForbiddenWordFactory(text="甲甲").list.store
    matchers_for(store.pk, ["tmall", "jd"])

    with CaptureQueriesContext(connection) as asked:
        matchers_for(store.pk, ["tmall", "jd"])

    assert len(asked) == 1


@pytest.mark.django_db
def test_a_list_has_a_word_once_however_it_is_written():
    row = factories.ForbiddenWordFactory(text="国家级")

    with pytest.raises(IntegrityError, match="forbidden_word_unique_in_its_list"):
        factories.ForbiddenWordFactory(list=row.list, text="國家 級")


@pytest.mark.django_db
def test_a_word_without_letters_is_refused():
    with pytest.raises(IntegrityError, match="forbidden_word_has_letters"):
        factories.ForbiddenWordFactory(text="—·—")


HARMLESS = [
    "护肤第一步：洁面",
    "最近上新 第一次购买送小样",
    "最后一步涂抹面霜",
    "最大承重100kg 最高可调至180度",
    "100%棉 面料",
    "产品唯一编码见包装",
    "自然堂 雪域精粹纯粹滋润霜50g 补水保湿",
]
FORBIDDEN = {
    "全网第一的面霜": "全网第一",
    "国家级品质": "国家级",
    "最好的面霜": "最好",
    "世界级 顶 级 工艺": "顶 级",
    "独一无二": "独一无二",
    "１００％有效": "１００％",
    "純天然成分": "純天然",
    "万能清洁": "万能",
    "治疗痘痘": "治疗",
    "No.1 brand in the world": "No.1 brand",
}


@pytest.fixture
def starter(db):
    keep_starter_words()
    return matchers_for(None, [""])[""]


@pytest.mark.parametrize("text", HARMLESS)
def test_the_list_that_comes_along_lets_plain_texts_pass(starter, text):
    assert found(starter, text) == []


@pytest.mark.parametrize(("text", "expected"), FORBIDDEN.items())
def test_the_list_that_comes_along_finds_what_the_law_forbids(starter, text, expected):
    assert expected in found(starter, text)


@pytest.mark.django_db
def test_every_word_that_comes_along_says_which_rule_forbids_it():
    """CAT-5: an article of a law, or whose rules; a person who looks it up finds it."""
    keep_starter_words()
    names_a_rule = Q(source__regex="第[一二三四五六七八九十]+条") | Q(source__contains="平台")

    forbidden = ForbiddenWord.objects.filter(is_exception=False)

    assert forbidden.filter(names_a_rule).count() == forbidden.count() > 350
    assert not ForbiddenWord.objects.filter(source="").exists()


@pytest.mark.django_db
def test_the_list_that_comes_along_overwrites_nothing():
    keep_starter_words()
    ForbiddenWord.objects.filter(text="顶级").update(is_active=False, suggestion="ours")
    WordList.objects.filter(code="advertising-law").update(name="Renamed")

    assert keep_starter_words() == 0
    row = ForbiddenWord.objects.get(text="顶级", list__code="advertising-law")
    assert (row.is_active, row.suggestion, row.list.name) == (False, "ours", "Renamed")


@pytest.mark.django_db
def test_what_a_later_version_brings_is_added():
    keep_starter_words()
    ForbiddenWord.objects.filter(text="顶级").delete()

    assert keep_starter_words() == 1

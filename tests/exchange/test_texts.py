"""Words of messages: the nearest wording holds, and names only what there is to tell."""

from functools import partial

import pytest
from django.db import InternalError

from opsdesk.errors import Conflict, NotAllowed
from opsdesk.exchange import texts
from opsdesk.exchange.models import MessageTemplate
from opsdesk.exchange.services.texts import (
    UnknownVariable,
    newest_version,
    render_text,
    write_text,
)
from opsdesk.exchange.texts import TextKind, Variable, Wording
from opsdesk.stores.roles import Role
from tests.concurrency import run_together
from tests.factories import MOMENT, MembershipFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

SHIPPED = TextKind(
    code="test.shipped",
    title="Shipped",
    variables={"order": Variable("number", "T1"), "carrier": Variable("carrier", "SF")},
    defaults={
        "en": Wording("Order {order}", "On its way with {carrier}."),
        "zh-hans": Wording("订单 {order}", "已由 {carrier} 发出。"),
    },
)


@pytest.fixture(autouse=True)
def kind(monkeypatch):
    monkeypatch.setattr(texts, "_kinds", {SHIPPED.code: SHIPPED})


@pytest.fixture
def store():
    return StoreFactory()


def render(store, language="en", **values):
    values = {"order": "T1", "carrier": "SF", **values}
    return render_text("test.shipped", store=store, language=language, values=values)


def write(store, body, *, subject="Order", language="en", replaces=0, actor=None):
    return write_text(
        code="test.shipped",
        store=store,
        language=language,
        wording=Wording(subject, body),
        replaces=replaces,
        actor=actor,
        at=MOMENT,
    )


def test_by_default_it_says_what_the_code_says_in_the_reader_s_language(store):
    assert render(store) == Wording("Order T1", "On its way with SF.")
    assert render(store, "zh-hans").body == "已由 SF 发出。"


@pytest.mark.parametrize("language", ["", "fr"])
def test_a_language_without_words_is_answered_in_english(language, store):
    assert render(store, language).body == "On its way with SF."


def test_the_store_s_wording_comes_before_everybody_s_and_that_before_the_code_s(store):
    write(None, "Everywhere: {order}.")
    assert render(store).body == "Everywhere: T1."

    write(store, "Here: {order}.")
    assert render(store).body == "Here: T1."
    assert render(StoreFactory()).body == "Everywhere: T1."
    assert render(store, "zh-hans").body == "已由 SF 发出。"


def test_an_empty_text_ends_a_wording_and_the_versions_stay(store):
    write(None, "Everywhere.")
    write(store, "Here.")
    write(store, "", replaces=1)

    assert render(store).body == "Everywhere."
    assert list(MessageTemplate.objects.filter(store=store).values_list("version", "body")) == [
        (2, ""),
        (1, "Here."),
    ]


def test_the_newest_version_holds(store):
    write(store, "First.")
    write(store, "Second.", replaces=1)

    assert render(store).body == "Second."
    assert MessageTemplate.objects.newest().get().version == 2


@pytest.mark.parametrize(
    "body", ["{price}", "{order.secret}", "{}", "{order!r}", "{0}", "{ order }", "{order:>9999999}"]
)
def test_a_variable_that_is_not_told_is_refused_with_those_that_are(body, store):
    with pytest.raises(UnknownVariable, match=r"\{carrier\}, \{order\}"):
        write(store, body)


def test_a_value_that_looks_like_a_place_stays_what_it_is(store):
    assert render(store, carrier="{order} {x}").body == "On its way with {order} {x}."


@pytest.mark.parametrize("values", [{}, {"order": "T1"}, {"order": "", "carrier": "", "x": ""}])
def test_a_message_is_told_with_exactly_its_variables(values, store):
    with pytest.raises(ValueError, match="is told with"):
        render_text("test.shipped", store=store, language="en", values=values)


def test_two_writers_at_one_form_don_t_overwrite_each_other(store):
    write(store, "First.")

    with pytest.raises(Conflict):
        write(store, "From an older form.")
    assert newest_version("test.shipped", store=store, language="en") == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_once_one_is_told():
    store = StoreFactory()

    results = run_together([partial(write, store, "Mine.")] * 4)

    assert [type(result) for result in results].count(Conflict) == 3
    assert MessageTemplate.objects.count() == 1


def test_a_store_s_words_are_written_by_those_who_may_and_everybody_s_by_those_who_may_everywhere(
    store,
):
    administrator = UserFactory(role=Role.ADMINISTRATOR, store=store)
    write(store, "Mine.", actor=administrator)
    other = StoreFactory()
    with pytest.raises(NotAllowed):
        write(other, "Theirs.", actor=administrator)
    with pytest.raises(NotAllowed):
        write(None, "Everybody's.", actor=administrator)
    with pytest.raises(NotAllowed):
        write(store, "x", replaces=1, actor=UserFactory(role=Role.WAREHOUSE, store=store))

    MembershipFactory(user=administrator, store=other, role=Role.ADMINISTRATOR)
    del administrator.roles_by_store
    administrator.__dict__.pop("_permissions_by_store")
    write(None, "Everybody's.", actor=administrator)


@pytest.mark.parametrize(
    "change",
    [lambda rows: rows.update(body="Another."), lambda rows: rows.delete()],
    ids=["update", "delete"],
)
def test_versions_can_t_be_changed(change, store):
    write(store, "First.")

    with pytest.raises(InternalError, match="Cannot"):
        change(MessageTemplate.objects.all())


@pytest.mark.parametrize(
    "defaults",
    [{"zh-hans": Wording("x", "y")}, {"en": Wording("{price}", "y")}],
)
def test_a_kind_that_can_t_be_told_stops_the_start(defaults):
    with pytest.raises(ValueError, match=r"test\.wrong"):
        TextKind("test.wrong", "Wrong", SHIPPED.variables, defaults)

"""A queryset that is written once finds what it finds when it is written each time."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from opsdesk.prepared import Given, IsAny, Prepared
from opsdesk.stores.models import Channel
from tests import factories

NAMED = Prepared(
    lambda: (
        Channel.objects.filter(store__code=Given("code"))
        .select_related("store")
        .annotate(called=F("store__name"))
        .order_by("pk")
    )
)
SOME = Prepared(lambda: Channel.objects.filter(IsAny("pk", Given("ids"))).order_by("-pk"))


def test_rows_come_with_what_is_related_and_annotated(db):
    channel = factories.ChannelFactory()
    factories.ChannelFactory()

    with CaptureQueriesContext(connection) as queries:
        (found,) = NAMED.read(code=channel.store.code)

        assert found == channel
        assert found.store.timezone == channel.store.timezone
        assert found.called == channel.store.name
    assert len(queries) == 1


def test_each_reading_has_its_own_values(db):
    """The second one is answered with what it asks, not with what the first one asked."""
    channels = [factories.ChannelFactory() for _ in range(3)]

    found = [NAMED.first(code=channel.store.code) for channel in channels]

    assert found == channels
    assert NAMED.first(code="nobody") is None


def test_a_list_of_values_is_one_parameter(db):
    first, _second, third = [factories.ChannelFactory() for _ in range(3)]

    assert SOME.read(ids=[first.pk, third.pk]) == [third, first]
    assert SOME.read(ids=[]) == []


def test_the_statement_is_written_once(db):
    written = []
    counted = Prepared(
        lambda: written.append(1) or Channel.objects.filter(pk=Given("pk")).order_by("pk")
    )

    counted.read(pk=1)
    counted.read(pk=2)

    assert written == [1]


def test_a_value_that_is_missing_is_named(db):
    with pytest.raises(KeyError, match="code"):
        NAMED.read()

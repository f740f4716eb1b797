"""Who hears of something: those whom it concerns, found by one statement."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.listeners import Listeners


def test_those_whom_it_concerns_are_found_in_their_order(db):
    listeners = Listeners()
    listeners.add("third", where="3 = ANY (%(ids)s)")
    listeners.add("first", where="EXISTS (SELECT FROM unnest(%(ids)s) AS its (id) WHERE id = 1)")
    listeners.add("always")

    with CaptureQueriesContext(connection) as queries:
        assert listeners.concerned([1, 2, 3]) == ["third", "first", "always"]
        assert listeners.concerned([1]) == ["first", "always"]
    assert len(queries) == 2


def test_who_is_added_twice_hears_once(db):
    listeners = Listeners()
    for _time in range(2):
        listeners.add("only")

    assert listeners.concerned([1]) == ["only"]


def test_where_nobody_listens_nothing_is_asked(db):
    with CaptureQueriesContext(connection) as queries:
        assert Listeners().concerned([1]) == []
    assert not queries

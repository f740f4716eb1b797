"""A changed, removed or slipped-in entry breaks the chain, and the head of each day is told."""

import logging
from datetime import timedelta
from functools import partial
from threading import Event

import pytest
from django.db import DatabaseError, connection, transaction

from opsdesk import db
from opsdesk.alerts.models import Alert
from opsdesk.audit import chain, heads
from opsdesk.audit.models import AuditEntry, AuditHead, AuditLink
from opsdesk.exchange.models import OutboundMessage
from opsdesk.stores.roles import Role
from tests import factories
from tests.concurrency import run_together, slowly
from tests.factories import MOMENT
from tests.invariants import assert_invariants_hold

pytestmark = pytest.mark.django_db
DAY = MOMENT.date()


@pytest.fixture
def store():
    return factories.StoreFactory()


def entries(store, count=3):
    return factories.AuditEntryFactory.create_batch(count, store=store)


def past_the_guards(sql, *parameters):
    """As the owner of the database may: no trigger fires, no foreign key is checked."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET session_replication_role = origin")


def assert_broken(store, *expected):
    found = [(each.entry_id, each.what) for each in chain.broken_in(store.pk)]
    assert found == list(expected)
    with pytest.raises(AssertionError, match="audit.chain-holds"):
        assert_invariants_hold("audit.chain")


def test_every_entry_is_linked_once_in_the_order_of_the_numbers(store):
    other = factories.StoreFactory()
    ours = entries(store, 2) + entries(other, 1) + entries(store, 2)

    assert chain.link_entries() == AuditEntry.objects.count()
    assert chain.link_entries() == 0

    links = AuditLink.objects.filter(chain=store.pk).order_by("position")
    assert [link.position for link in links] == list(range(1, len(links) + 1))
    assert [link.entry_id for link in links] == sorted(link.entry_id for link in links)
    assert AuditLink.objects.get(entry=ours[2]).chain == other.pk
    assert_invariants_hold("audit.chain")


def test_a_chain_goes_on_where_it_ended_whatever_the_batch(store, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 2)
    entries(store, 5)
    chain.link_entries()
    whole = chain.head_of(store.pk)
    entries(store, 3)
    chain.link_entries()

    assert chain.head_of(store.pk).position == whole.position + 3
    assert chain.broken_in(store.pk) == []
    assert_invariants_hold("audit.chain")


def test_a_run_leaves_the_rest_to_the_next(store, monkeypatch):
    chain.link_entries()
    monkeypatch.setattr(chain, "BATCH", 2)
    monkeypatch.setattr(chain, "MOST_AT_ONCE", 4)
    entries(store, 6)

    assert [chain.link_entries() for _run in range(3)] == [4, 2, 0]


def test_the_session_s_settings_change_no_link(store):
    entries(store)
    chain.link_entries()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Asia/Kolkata'")
        cursor.execute("SET LOCAL datestyle = 'SQL, DMY'")
        cursor.execute("SET LOCAL extra_float_digits = 0")

    assert_invariants_hold("audit.chain")


COLUMNS = {
    "at": "at + interval '1 second'",
    "verb": "'created'",
    "model": "'orders.order'",
    "subject_id": "0",
    "subject_label": "'another'",
    "before": """'{"list_price": 1}'""",
    "after": "NULL",
    "actor_id": "(SELECT min(id) FROM stores_user)",
    "on_behalf_of_id": "(SELECT min(id) FROM stores_user)",
    "roles": "'{finance}'",
    "via": "'job'",
    "cause": "'request:1'",
    "reason": "'because'",
    "address": "'192.0.2.1'",
    "database_user": "'somebody'",
    "store_id": "NULL",
}


def test_the_chain_covers_every_column():
    columns = {field.column for field in AuditEntry._meta.concrete_fields}

    assert columns == {"id", *COLUMNS}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_entry_is_named(column, store):
    factories.UserFactory()
    _first, changed, _last = entries(store)
    chain.link_entries()

    past_the_guards(
        f"UPDATE audit_auditentry SET {column} = {COLUMNS[column]} WHERE id = %s", changed.pk
    )

    assert_broken(store, (changed.pk, "changed"))


def test_a_removed_entry_is_named(store):
    _first, removed, _last = entries(store)
    chain.link_entries()

    past_the_guards("DELETE FROM audit_auditentry WHERE id = %s", removed.pk)

    assert_broken(store, (removed.pk, "removed"))


def test_an_entry_removed_with_its_link_breaks_the_next_one(store):
    _first, removed, last = entries(store)
    chain.link_entries()

    past_the_guards("DELETE FROM audit_auditentry WHERE id = %s", removed.pk)
    past_the_guards("DELETE FROM audit_auditlink WHERE entry_id = %s", removed.pk)

    assert_broken(store, (last.pk, "the link before it is removed"))


def test_an_inserted_entry_is_named(store):
    gap, _second, _last = entries(store)
    past_the_guards("DELETE FROM audit_auditentry WHERE id = %s", gap.pk)
    chain.link_entries()

    past_the_guards(
        "INSERT INTO audit_auditentry SELECT (jsonb_populate_record(e, jsonb_build_object("
        "'id', %s::bigint))).* FROM audit_auditentry e WHERE id = %s",
        gap.pk,
        gap.pk + 1,
    )

    assert_broken(store, (gap.pk, "inserted"))


def test_a_changed_link_is_found_though_it_fits_its_entry(store):
    """Whoever mends the link after a change breaks the one behind it."""
    _first, changed, last = entries(store)
    chain.link_entries()

    past_the_guards("UPDATE audit_auditentry SET reason = 'x' WHERE id = %s", changed.pk)
    past_the_guards(
        "UPDATE audit_auditlink l SET hash = audit_link_hash(b.hash, audit_canonical(e))"
        " FROM audit_auditentry e, audit_auditlink b"
        " WHERE l.entry_id = %s AND e.id = l.entry_id AND b.entry_id = %s",
        changed.pk,
        changed.pk - 1,
    )

    assert_broken(store, (last.pk, "changed"))


def test_a_tail_cut_off_contradicts_the_head_that_was_sent(store):
    *_others, last = entries(store)
    heads.seal_day(store=store, day=DAY, at=MOMENT)

    past_the_guards("DELETE FROM audit_auditlink WHERE entry_id = %s", last.pk)
    past_the_guards("DELETE FROM audit_auditentry WHERE id = %s", last.pk)

    assert_broken(store, (None, "not what was sent on 2026-03-02"))


@pytest.mark.parametrize("table", ["audit_auditlink", "audit_audithead"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET position = 9", "DELETE FROM {}"])
def test_nobody_changes_links_and_heads(statement, table):
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_link_each_entry_once(store, monkeypatch):
    entries(store, 20)
    monkeypatch.setattr(chain, "BATCH", 5)
    monkeypatch.setattr(chain, "_last_linked", _and_then_a_pause(chain._last_linked))

    results = run_together([chain.link_entries] * 4)

    assert sum(results) == AuditEntry.objects.count() == AuditLink.objects.count()
    assert_invariants_hold("audit.chain")


def _and_then_a_pause(function):
    """Widens the gap between reading how far the chain is and adding to it."""
    pause = slowly(lambda: None)

    def read():
        result = function()
        pause()
        return result

    return read


@pytest.mark.django_db(transaction=True)
def test_writers_that_go_on_meanwhile_lose_no_entry(store):
    skus = factories.SkuFactory.create_batch(4, store=store)
    done = Event()

    def write(sku):
        for price in range(1, 40):
            with transaction.atomic():
                sku.list_price = price
                sku.save(update_fields=["list_price"])
                sku.cost = price
                sku.save(update_fields=["cost"])

    def link():
        while not done.is_set():
            chain.link_entries()

    def write_all():
        try:
            return run_together([partial(write, sku) for sku in skus])
        finally:
            done.set()

    results = run_together([write_all, link, link])

    assert results == [[None] * 4, None, None]
    chain.link_entries()
    assert AuditLink.objects.count() == AuditEntry.objects.count()
    assert_invariants_hold("audit.chain")


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_is_committed_after_a_later_one_is_not_passed_over(store, monkeypatch):
    """A slow transaction drew its number first: the run leaves all of it to the next."""
    monkeypatch.setattr(db, "PATIENCE_SECONDS", 0.1)
    chain.link_entries()

    def meanwhile():
        entries(store, 1)
        return chain.link_entries()

    with transaction.atomic():
        entries(store, 1)
        results = run_together([meanwhile])

    assert results == [None]
    assert chain.oldest_unlinked(MOMENT) is not None
    assert chain.link_entries() == 2
    assert chain.oldest_unlinked(MOMENT) is None
    assert_invariants_hold("audit.chain")


@pytest.fixture
def administrator(store):
    factories.TargetFactory(store=store, adapter="mail")
    factories.UserFactory(role=Role.FINANCE, store=store, email="books@shop.example")
    return factories.UserFactory(role=Role.ADMINISTRATOR, store=store, email="boss@shop.example")


def test_the_heads_of_the_day_are_sent_to_administrators_and_logged(store, administrator, caplog):
    entries(store)

    with caplog.at_level(logging.INFO, logger="opsdesk.audit"):
        assert heads.seal_day(store=store, day=DAY, at=MOMENT) == {"broken": 0, "told": 1}

    message = OutboundMessage.objects.get()
    assert message.recipient == administrator.email
    for number, name in ((store.pk, store.code), (chain.COMMON, "all stores")):
        head = chain.head_of(number)
        assert f"{name} {head.position} {head.hash}" in message.payload["text"]
        assert any(record.data["sha256"] == head.hash for record in caplog.records)


def test_a_day_is_sealed_once(store, administrator):
    entries(store)
    heads.seal_day(store=store, day=DAY, at=MOMENT)
    entries(store)

    heads.seal_day(store=store, day=DAY, at=MOMENT)

    assert AuditHead.objects.count() == 2
    assert OutboundMessage.objects.count() == 1


def test_a_broken_chain_is_an_alert_until_it_holds_again(store):
    entry = entries(store)[1]
    chain.link_entries()
    past_the_guards("UPDATE audit_auditentry SET reason = 'x' WHERE id = %s", entry.pk)

    assert heads.seal_day(store=store, day=DAY, at=MOMENT)["broken"] == 1
    alert = Alert.objects.get(check_code=heads.BROKEN.code)
    assert (alert.severity, alert.owner_role) == ("critical", Role.ADMINISTRATOR)
    assert alert.evidence == {"entries": str(entry.pk), "what": "changed"}

    past_the_guards("UPDATE audit_auditentry SET reason = '' WHERE id = %s", entry.pk)
    heads.seal_day(store=store, day=DAY + timedelta(days=1), at=MOMENT)
    alert.refresh_from_db()
    assert alert.state == Alert.State.RESOLVED

"""Sessions and rows: staged, applied, counted, undone; each row has one outcome."""

import csv
import io
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opsdesk.db import retrying
from opsdesk.errors import Conflict, NotAllowed
from opsdesk.exchange import importers, rejects
from opsdesk.exchange.importers import UnknownImporter
from opsdesk.exchange.models import ImportRow, ImportSession
from opsdesk.exchange.services import applying, background, preview, undoing
from opsdesk.exchange.services.sessions import NoChannel, discard
from opsdesk.stores.roles import Role
from orders.models import Order
from orders.services.lifecycle import cancel_orders
from tests.exchange.files import AS_OF, import_file, open_file, orders_csv, stage_file
from tests.factories import ChannelFactory, StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

BAD = "order_number,placed_at,total_amount\nA1,2026-02-20 10:00:00,1.00\nA2,yesterday,2.00\n"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.csv"


@pytest.mark.django_db
def test_a_number_with_a_backslash_comes_in_as_it_is(tmp_path):
    store = StoreFactory()
    content = "order_number,placed_at,total_amount\nT\\n1,2026-02-20 10:00:00,10.00\n"

    import_file(store, tmp_path / "orders.csv", content)

    assert Order.objects.get().external_number == "T\\n1"


def test_every_row_has_one_outcome_and_the_counters_agree(store, path):
    import_file(store, path, orders_csv(2))

    session = import_file(store, path, orders_csv(5) + "X,never,1\n")

    assert (session.total, session.created, session.duplicate, session.rejected) == (6, 3, 2, 1)
    outcomes = list(session.rows.order_by("line").values_list("outcome", flat=True))
    assert outcomes == ["duplicate"] * 2 + ["created"] * 3 + ["rejected"]


def test_an_applied_row_keeps_its_target_and_forgets_the_data(store, path):
    session = import_file(store, path, orders_csv(1))

    row = session.rows.get()
    assert row.target_id == Order.objects.get().pk
    assert (row.data, row.raw) == (None, [])


def test_a_rejected_row_keeps_its_cells(store, path):
    session = import_file(store, path, BAD)

    row = session.rows.rejected().get()
    assert row.raw == ["A2", "yesterday", "2.00"]
    assert (row.line, row.column, row.code) == (3, "placed_at", "not_a_moment")


def test_row_9999_of_10000_is_bad_and_the_others_come_in(store, path):
    """E22"""
    lines = orders_csv(10_000).splitlines()
    lines[9_999] = lines[9_999].replace("10.00", "ten")

    session = import_file(store, path, "\n".join(lines))

    assert (session.created, session.rejected) == (9_999, 1)
    assert session.rows.rejected().get().line == 10_000


def test_row_9999_of_10000_is_bad_and_none_comes_in(store, path):
    """E22"""
    lines = orders_csv(10_000).splitlines()
    lines[9_999] = lines[9_999].replace("10.00", "ten")

    session = import_file(store, path, "\n".join(lines), on_error="reject-all")

    assert session.state == ImportSession.State.REFUSED
    assert Order.objects.count() == 0
    row = session.rows.get()
    assert (row.line, row.column, row.code) == (10_000, "total_amount", "not_an_amount")


def test_a_contradiction_found_while_applying_undoes_all_or_none(store, path):
    import_file(store, path, orders_csv(1))

    moved = orders_csv(1, first=0).replace("10:00:00", "11:00:00")
    session = import_file(
        store, path, moved + orders_csv(2, first=1).split("\n", 1)[1], on_error="reject-all"
    )

    assert session.state == ImportSession.State.REFUSED
    assert (session.created, session.rejected) == (0, 1)
    assert Order.objects.count() == 1
    assert session.rows.rejected().get().code == "conflict"


def test_what_the_database_refuses_is_one_rejected_row(store, path, monkeypatch):
    """A batch is halved until the bad row is alone; the good ones come in."""
    session = stage_file(store, path, orders_csv(9))
    bad = session.rows.order_by("line")[4]
    bad.data["total_amount"] = "-1"
    bad.save()

    session = applying.run(session.pk)

    assert (session.created, session.rejected) == (8, 1)
    row = session.rows.rejected().get()
    assert row.line == bad.line
    assert "order_amounts_not_negative" in row.reason


def test_a_chunk_takes_four_statements_beyond_placing(store, path):
    session = stage_file(store, path, orders_csv(200))
    session.state = ImportSession.State.RUNNING
    session.save()
    importer = importers.get("generic")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        retrying(partial(applying._run_chunk, session, importer, 0, applying._FREE_ROWS))

    ours = [
        each["sql"]
        for each in queries
        if "exchange_import" in each["sql"] or "SAVEPOINT" in each["sql"]
    ]
    placing = [each["sql"] for each in queries if "place_orders(" in each["sql"]]
    assert len(placing) == 1
    assert len(ours) <= 4, ours


def test_a_rehearsal_counts_and_leaves_nothing(store, path):
    import_file(store, path, orders_csv(1))
    session = stage_file(store, path, orders_csv(4))

    seen = applying.rehearse(session.pk, look=lambda each: (each.created, each.duplicate))

    assert seen == (3, 1)
    assert Order.objects.count() == 1
    assert session.rows.pending().count() == 4


def test_the_preview_shows_what_would_change(store, path):
    import_file(store, path, orders_csv(1))
    paid = (
        "order_number,placed_at,total_amount,paid_at\n"
        "T0000000,2026-02-20 10:00:00,10.00,2026-02-20 10:05:00\n"
    )
    session = stage_file(store, path, paid)

    preview.record(session)

    assert session.dialect["preview"]["changed"] == 1
    (changed,) = preview.changed_rows(session)
    found = {str(change.title): (change.before, change.after) for change in changed.changes}
    assert found["paid at"] == ("", "2026-02-20 10:05:00")


def test_undo_removes_what_nobody_touched(store, path):
    session = import_file(store, path, orders_csv(3))
    touched = Order.objects.order_by("pk").first()
    cancel_orders(order_ids=[touched.pk], reason="test", actor=None, at=AS_OF)

    undoing.begin_undo(session=session, actor=None)
    session = undoing.undo(session.pk, actor=None, at=AS_OF)

    assert session.state == ImportSession.State.UNDONE
    assert list(Order.objects.all()) == [touched]
    kept = session.rows.get(outcome=ImportRow.Outcome.CREATED)
    assert kept.target_id == touched.pk
    assert kept.reason
    assert session.rows.filter(outcome=ImportRow.Outcome.UNDONE).count() == 2


def test_undo_leaves_orders_that_were_there_before(store, path):
    import_file(store, path, orders_csv(1))
    session = import_file(store, path, orders_csv(2))

    undoing.begin_undo(session=session, actor=None)
    undoing.undo(session.pk, actor=None, at=AS_OF)

    assert Order.objects.get().external_number == "T0000000"


def test_an_undone_file_can_come_in_again(store, path):
    session = import_file(store, path, orders_csv(2))
    undoing.begin_undo(session=session, actor=None)
    undoing.undo(session.pk, actor=None, at=AS_OF)

    again = import_file(store, path, orders_csv(2))

    assert again.created == 2


def test_an_import_is_undone_once(store, path):
    session = import_file(store, path, orders_csv(1))
    undoing.begin_undo(session=session, actor=None)

    with pytest.raises(Conflict):
        undoing.begin_undo(session=session, actor=None)


def test_only_who_may_undo_does(store, path):
    session = import_file(store, path, orders_csv(1))
    reviewer = UserFactory(role=Role.ORDER_REVIEWER, store=store)

    with pytest.raises(NotAllowed):
        undoing.begin_undo(session=session, actor=reviewer)


def test_only_who_may_import_into_the_store_does(store, path):
    elsewhere = UserFactory(role=Role.OPERATIONS_LEAD)

    with pytest.raises(NotAllowed):
        open_file(store, path, orders_csv(1), actor=elsewhere)


def test_an_unfinished_import_answers_for_the_same_file(store, path):
    first = stage_file(store, path, orders_csv(2))

    assert stage_file(store, path, orders_csv(2)).pk == first.pk


def test_the_same_file_with_other_settings_is_a_conflict(store, path):
    stage_file(store, path, orders_csv(2))

    with pytest.raises(Conflict):
        stage_file(store, path, orders_csv(2), on_error="reject-all")


def test_another_store_may_bring_in_the_same_file(store, path):
    import_file(store, path, orders_csv(2))

    assert import_file(StoreFactory(), path, orders_csv(2)).created == 2


def test_a_store_without_an_active_channel_is_refused(path):
    with pytest.raises(NoChannel):
        open_file(StoreFactory(channel=None), path, orders_csv(1))


def test_an_unknown_format_is_refused(store, path):
    with pytest.raises(UnknownImporter):
        open_file(store, path, orders_csv(1), importer="abacus")


def test_the_given_channel_gets_the_orders(store, path):
    channel = ChannelFactory(store=store)

    import_file(store, path, orders_csv(1), channel=channel)

    assert Order.objects.get().channel == channel


def test_a_checked_import_can_be_discarded(store, path):
    session = stage_file(store, path, orders_csv(1))

    discard(session=session, actor=None)

    assert not ImportSession.objects.exists()


def test_an_import_that_ran_is_not_discarded(store, path):
    session = import_file(store, path, orders_csv(1))

    with pytest.raises(Conflict):
        discard(session=session, actor=None)


def test_the_stored_file_goes_once_its_rows_are_staged(
    store, path, django_capture_on_commit_callbacks
):
    session = open_file(store, path, orders_csv(1))
    storage, name = session.file.storage, session.file.name
    assert storage.exists(name)

    with django_capture_on_commit_callbacks(execute=True):
        assert background.carry_on(session.pk, at=AS_OF) == "staged"

    session.refresh_from_db()
    assert not session.file
    assert not storage.exists(name)


def test_the_worker_carries_an_import_from_file_to_done(store, path):
    session = open_file(store, path, orders_csv(3))

    assert background.carry_on(session.pk, at=AS_OF) == "staged"
    assert background.start(session.pk)
    assert not background.start(session.pk)
    assert background.carry_on(session.pk, at=AS_OF) == "done"
    assert background.carry_on(session.pk, at=AS_OF) == "done"
    assert Order.objects.count() == 3


def test_the_worker_stops_after_its_stretch_and_goes_on_later(store, path, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 2)
    session = stage_file(store, path, orders_csv(5))

    session = applying.run(session.pk, until=0)

    assert (session.state, session.created) == ("running", 2)
    assert applying.run(session.pk).created == 5


def test_an_upload_without_a_worker_is_found(store, path):
    session = open_file(store, path, orders_csv(1))
    assert background.resume_imports(at=AS_OF) == 1

    ImportSession.objects.filter(pk=session.pk).update(dialect={"waits": True})

    assert background.resume_imports(at=AS_OF) == 0


def test_an_import_without_a_worker_is_found(store, path, django_capture_on_commit_callbacks):
    session = stage_file(store, path, orders_csv(1))
    background.start(session.pk)

    with django_capture_on_commit_callbacks() as hints:
        ImportSession.objects.update(lease_until=AS_OF + timedelta(seconds=1))
        assert background.resume_imports(at=AS_OF) == 0
        ImportSession.objects.update(lease_until=AS_OF)
        assert background.resume_imports(at=AS_OF) == 1
    assert len(hints) == 1


def test_rejects_hold_line_column_reason_and_row(store, path):
    session = import_file(store, path, BAD)

    file = rejects.file_of(session)

    assert file.rows == 1
    with file.content as content:
        header, found = csv.reader(io.StringIO(content.read().decode("utf-8-sig")))
    assert header == ["line", "column", "reason", "row"]
    assert found[:2] == ["3", "placed_at"]
    assert found[3] == "A2,yesterday,2.00"


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_rejects_hold_no_formulas(start, store, path):
    """Y9"""
    session = import_file(store, path, BAD.replace("A2", f"{start}cmd|' /C calc'!A0"))

    with rejects.file_of(session).content as content:
        _header, found = csv.reader(io.StringIO(content.read().decode("utf-8-sig")))

    assert found[3].startswith(f"'{start}cmd")


def test_people_see_the_imports_of_their_stores_only(store, path):
    session = import_file(store, path, BAD)
    here = UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    elsewhere = UserFactory(role=Role.OPERATIONS_LEAD)

    assert list(ImportSession.objects.visible_to(here)) == [session]
    assert ImportRow.objects.visible_to(here).count() == 2
    assert not ImportSession.objects.visible_to(elsewhere).exists()
    assert not ImportRow.objects.visible_to(elsewhere).exists()

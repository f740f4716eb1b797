"""One worker at an import at a time, and an import that fails each time comes to an end."""

from functools import partial

import pytest
from django.db import transaction

from opsdesk.errors import Conflict
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import applying, background, staging, undoing, uploads
from opsdesk.exchange.services.sessions import Options, discard, open_session
from orders.importers.generic import GenericImporter
from orders.models import Order
from tests.concurrency import run_together, slowly
from tests.exchange.files import AS_OF, import_file, open_file, orders_csv, stage_file
from tests.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.csv"


def broken(*args, **kwargs):
    raise RuntimeError("not foreseen")


def killed(*args, **kwargs):
    """As if the process were gone: nothing of ours runs after it."""
    raise SystemExit


def carry_on_until_given_up(session, *, at=AS_OF):
    """A killed worker leaves its lease; it runs out, and the next one tries."""
    for attempt in range(background.ATTEMPTS):
        with pytest.raises(SystemExit):
            background.carry_on(session.pk, at=at + attempt * background.LEASE)
    background.carry_on(session.pk, at=at + background.ATTEMPTS * background.LEASE)
    session.refresh_from_db()


def test_a_file_is_staged_by_one_of_two_workers(path, monkeypatch):
    session = open_file(StoreFactory(), path, orders_csv(3))
    begun = []
    stage = slowly(staging.stage)
    monkeypatch.setattr(staging, "stage", lambda *a, **k: (begun.append(1), stage(*a, **k))[1])

    run_together([partial(background.carry_on, session.pk, at=AS_OF)] * 2)

    assert len(begun) == 1
    session.refresh_from_db()
    assert (session.state, session.lease_until, session.attempts) == ("staged", None, 0)


def test_a_leased_import_is_not_hinted_again(path):
    session = open_file(StoreFactory(), path, orders_csv(3))
    ImportSession.objects.filter(pk=session.pk).update(lease_until=AS_OF + background.LEASE)

    assert background.resume_imports(at=AS_OF) == 0
    assert background.carry_on(session.pk, at=AS_OF) == "uploaded"
    assert background.resume_imports(at=AS_OF + background.LEASE) == 1


def test_an_undo_renews_its_lease(path, monkeypatch):
    monkeypatch.setattr(undoing, "CHUNK", 1)
    session = import_file(StoreFactory(), path, orders_csv(2))
    undoing.begin_undo(session=session, actor=None)

    undoing.undo(session.pk, actor=None, at=AS_OF, until=0)

    session.refresh_from_db()
    assert (session.state, session.rows.filter(outcome="undone").count()) == ("undoing", 1)
    assert session.lease_until is not None


def test_an_unforeseen_error_in_reading_refuses_the_file(path, monkeypatch, caplog):
    monkeypatch.setattr(GenericImporter, "records", broken)
    session = open_file(StoreFactory(), path, orders_csv(1))

    session = uploads.look_at(session, path, at=AS_OF)

    assert session.state == ImportSession.State.REFUSED
    assert session.dialect["refusal"]["code"] == "unexpected_error"
    assert session.reason
    assert "not foreseen" in caplog.text


def test_a_file_that_kills_each_worker_is_refused(path, monkeypatch):
    monkeypatch.setattr(GenericImporter, "records", killed)
    session = open_file(StoreFactory(), path, orders_csv(1))

    carry_on_until_given_up(session)

    assert session.state == ImportSession.State.REFUSED
    assert session.reason


def test_an_error_frees_the_import_and_is_counted(path, monkeypatch):
    session = stage_file(StoreFactory(), path, orders_csv(1))
    background.start(session.pk)
    monkeypatch.setattr(GenericImporter, "apply", broken)

    with pytest.raises(RuntimeError):
        background.carry_on(session.pk, at=AS_OF)

    session.refresh_from_db()
    assert (session.state, session.attempts, session.lease_until) == ("running", 1, None)


def test_rows_that_kill_each_worker_are_rejected_and_the_applied_stay(path, monkeypatch):
    monkeypatch.setattr(applying, "CHUNK", 2)
    session = stage_file(StoreFactory(), path, orders_csv(5))
    applying.run(session.pk, until=0)
    monkeypatch.setattr(GenericImporter, "apply", killed)
    ImportSession.objects.update(lease_until=None)

    carry_on_until_given_up(session)

    assert (session.state, session.created, session.rejected) == ("done", 2, 3)
    assert Order.objects.count() == 2
    assert session.rows.rejected().first().reason


def test_an_undo_that_kills_each_worker_leaves_the_import_done(path, monkeypatch):
    session = import_file(StoreFactory(), path, orders_csv(1))
    undoing.begin_undo(session=session, actor=None)
    monkeypatch.setattr(GenericImporter, "undo", killed)

    carry_on_until_given_up(session)

    assert session.state == ImportSession.State.DONE
    assert session.reason


def test_a_page_does_not_wait_for_who_works_on_the_import(path):
    session = open_file(StoreFactory(), path, orders_csv(1))

    with transaction.atomic():
        ImportSession.objects.select_for_update().get(pk=session.pk)
        other_pages = [
            partial(discard, session=session, actor=None),
            partial(uploads.map_columns, session=session, column_map={}, at=AS_OF),
            partial(staging.stage, session.pk, path, at=AS_OF, waits=False),
        ]
        answers = run_together(other_pages)

    assert [type(answer) for answer in answers] == [Conflict] * 3


def test_a_session_never_stands_without_the_file_it_was_given(path, monkeypatch, settings):
    store = StoreFactory()
    settings.MEDIA_ROOT = path  # a file, so nothing can be stored in it
    with pytest.raises(OSError, match="orders"):
        open_file(store, path, orders_csv(1))

    assert not ImportSession.objects.exists()


def test_an_upload_carries_on_what_a_dead_command_began(path):
    store = StoreFactory()
    path.write_text(orders_csv(1))
    begun, _is_new = open_session(
        store=store, path=path, name=path.name, options=Options("generic", AS_OF), actor=None
    )

    open_file(store, path, orders_csv(1), actor=UserFactory(is_superuser=True))

    assert background.carry_on(begun.pk, at=AS_OF) == "staged"


def test_all_or_none_that_outlasts_its_worker_is_refused(path):
    session = stage_file(StoreFactory(), path, orders_csv(2), on_error="reject-all")

    session = applying.run(session.pk, until=0)

    assert session.state == ImportSession.State.REFUSED
    assert session.reason
    assert not Order.objects.exists()

"""A file's way in through the admin; and nobody's way to another store's imports."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsdesk.exchange import limits
from opsdesk.exchange.models import ImportSession
from opsdesk.exchange.services import background, uploads
from opsdesk.stores.roles import Role
from orders.models import Order
from tests.exchange.files import AS_OF, import_file, orders_csv, stage_file
from tests.exchange.malformed import MALFORMED, Malformed, bomb, workbook
from tests.factories import StoreFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:exchange_importsession_changelist")
UPLOAD = reverse("admin:exchange_importsession_upload")
PERSON = "order_number,placed_at,total_amount,recipient,phone,address\n"
BAD_PERSON = PERSON + "A1,never,1.00,王小明,13812345678,世纪大道 100 号\n"


def url(name: str, session: ImportSession) -> str:
    return reverse(f"admin:exchange_importsession_{name}", args=[session.pk])


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def lead(store, client):
    user = UserFactory(role=Role.OPERATIONS_LEAD, store=store)
    client.force_login(user)
    return user


@pytest.fixture
def stranger():
    """Works for another store, with every right there."""
    other = Client()
    other.force_login(UserFactory(role=Role.OPERATIONS_LEAD))
    return other


def post_file(client, store, content: bytes | str, name: str = "orders.csv", **fields):
    data = content.encode() if isinstance(content, str) else content
    fields = {"store": store.pk, "importer": "generic", "on_error": "skip", **fields}
    return client.post(UPLOAD, {**fields, "file": SimpleUploadedFile(name, data)})


def test_from_upload_to_done(client, lead, store):
    answer = post_file(client, store, orders_csv(3))

    session = ImportSession.objects.get()
    assert answer.url == url("change", session)
    assert session.state == ImportSession.State.STAGED
    assert b"Would be created" in client.get(answer.url).content
    assert Order.objects.count() == 0

    client.post(url("run", session))
    assert b"every 1s" in client.get(answer.url).content
    background.carry_on(session.pk, at=AS_OF)

    page = client.get(answer.url).content
    assert b"Undo this import" in page
    assert b"every 1s" not in page
    assert Order.objects.count() == 3


@pytest.mark.parametrize("case", MALFORMED, ids=str)
def test_no_file_breaks_the_page(case: Malformed, client, lead, store):
    answer = post_file(client, store, case.content(), case.file_name)

    if answer.status_code == 200:
        assert answer.context["form"].errors
        return
    page = client.get(answer.url)
    assert page.status_code == 200
    session = ImportSession.objects.get()
    if session.state == ImportSession.State.REFUSED:
        assert session.dialect["refusal"]["code"] == case.refused
    assert Order.objects.count() == 0


def test_a_workbook_comes_in(client, lead, store):
    answer = post_file(client, store, workbook(), "orders.xlsx")

    session = ImportSession.objects.get()
    assert (session.state, session.total, session.rejected) == ("staged", 1, 0)
    assert "上海" in client.get(answer.url).content.decode()


def test_a_bomb_is_refused_with_a_reason(client, lead, store):
    answer = post_file(client, store, bomb(), "orders.xlsx")

    assert b"larger than is safe to read" in client.get(answer.url).content


def test_a_column_nobody_knows_is_named_by_the_person(client, lead, store):
    content = "order_number,placed_at,betrag,mood\nA1,2026-02-20 10:00:00,5.00,fine\n"
    post_file(client, store, content)
    session = ImportSession.objects.get()
    assert session.dialect["waits"]
    assert b"Say what these columns are" in client.get(url("change", session)).content

    client.post(url("columns", session), {"column_0": "total_amount", "column_1": "-"})

    session.refresh_from_db()
    assert (session.state, session.total, session.rejected) == ("staged", 1, 0)
    assert session.rows.get().data["total_amount"] == "5.00"


def test_columns_are_not_named_twice(client, lead, store):
    content = "order_number,placed_at,betrag,summe\nA1,2026-02-20 10:00:00,5.00,5.00\n"
    post_file(client, store, content)
    session = ImportSession.objects.get()

    client.post(url("columns", session), {"column_0": "total_amount", "column_1": "total_amount"})

    session.refresh_from_db()
    assert session.state == ImportSession.State.UPLOADED


def test_a_big_file_is_checked_by_a_worker(client, lead, store, monkeypatch):
    monkeypatch.setattr(uploads, "CHECKED_AT_ONCE_BYTES", 10)

    answer = post_file(client, store, orders_csv(3))
    session = ImportSession.objects.get()
    assert session.state == ImportSession.State.UPLOADED
    assert b"being read and checked" in client.get(answer.url).content
    background.carry_on(session.pk, at=AS_OF)

    session.refresh_from_db()
    assert session.state == ImportSession.State.STAGED
    assert session.dialect["preview"]["created"] == 3


def test_a_file_above_the_limit_is_refused_by_the_form(client, lead, store, monkeypatch):
    monkeypatch.setattr(limits, "UPLOAD_BYTES", 10)

    answer = post_file(client, store, orders_csv(3))

    assert "file" in answer.context["form"].errors
    assert not ImportSession.objects.exists()


@pytest.mark.parametrize("name", ["orders.exe", "orders.svg", "orders.html", "orders"])
def test_only_tables_are_taken(client, lead, store, name):
    answer = post_file(client, store, orders_csv(1), name)

    assert "file" in answer.context["form"].errors


def test_a_path_in_the_name_leads_nowhere(client, lead, store, settings):
    """Y7"""
    post_file(client, store, orders_csv(1), "../../../etc/orders.csv")

    assert ImportSession.objects.get().file_name == "orders.csv"


def test_the_same_file_again_leads_to_its_page(client, lead, store):
    first = post_file(client, store, orders_csv(2))
    second = post_file(client, store, orders_csv(2))

    assert first.url == second.url
    assert ImportSession.objects.count() == 1


def test_a_store_of_others_is_no_choice(client, lead):
    answer = post_file(client, StoreFactory(), orders_csv(1))

    assert "store" in answer.context["form"].errors


def test_a_channel_of_another_store_is_no_choice(client, lead, store):
    other = StoreFactory()

    answer = post_file(client, store, orders_csv(1), channel=other.channels.get().pk)

    assert "channel" in answer.context["form"].errors


def test_personal_data_are_masked_on_every_page(client, lead, store):
    answer = post_file(client, store, BAD_PERSON)
    page = client.get(answer.url).content.decode()

    assert "138****5678" in page
    for secret in ("13812345678", "王小明", "世纪大道"):
        assert secret not in page


def test_a_phone_number_in_the_wrong_column_is_masked_in_the_reason(client, lead, store):
    post_file(client, store, PERSON + "A1,13987654321,1.00,王小明,never,上海\n")

    session = ImportSession.objects.get()
    row = session.rows.rejected().get()
    assert "139****4321" in row.reason
    assert "13987654321" not in client.get(url("change", session)).content.decode()
    rejects = b"".join(client.get(url("rejects", session)).streaming_content).decode()
    assert rejects.count("13987654321") == 1  # in the row itself, which is to be mended


def test_a_first_line_of_data_is_no_header_and_nothing_of_it_is_shown(client, lead, store):
    """One cell is called like a column by chance; the others are a buyer's."""
    post_file(client, store, "订单,2026-02-20 10:00:00,1.00,王小明,13812345678,世纪大道 100 号\n")

    session = ImportSession.objects.get()
    page = client.get(url("change", session)).content.decode()
    assert session.dialect["refusal"]["code"] == "no_header"
    assert not [text for text in ("王小明", "13812345678", "世纪大道") if text in page]


def test_rejects_are_downloaded_whole(client, lead, store, tmp_path):
    session = import_file(store, tmp_path / "orders.csv", BAD_PERSON)

    answer = client.get(url("rejects", session))

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "line,column,reason,row"
    assert "13812345678" in text
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]


def test_undo_asks_first_and_takes_back(client, lead, store, tmp_path):
    session = import_file(store, tmp_path / "orders.csv", orders_csv(2))

    client.post(url("undo", session))
    background.carry_on(session.pk, at=AS_OF)

    session.refresh_from_db()
    assert session.state == ImportSession.State.UNDONE
    assert not Order.objects.exists()
    assert client.get(url("change", session)).status_code == 200


def test_a_checked_file_can_be_discarded(client, lead, store):
    answer = post_file(client, store, orders_csv(1))

    assert client.post(url("discard", ImportSession.objects.get())).url == LIST
    assert client.get(answer.url).status_code == 404


ACTIONS = ["columns", "run", "discard", "undo"]


@pytest.mark.parametrize("name", ["change", "rejects"])
def test_imports_of_other_stores_are_not_there(name, stranger, store, tmp_path):
    session = import_file(store, tmp_path / "orders.csv", BAD_PERSON)

    assert stranger.get(url(name, session)).status_code == 404


@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_acts_on_imports_of_other_stores(name, stranger, store, tmp_path):
    session = stage_file(store, tmp_path / "orders.csv", orders_csv(1))

    assert stranger.post(url(name, session)).status_code == 404
    session.refresh_from_db()
    assert session.state == ImportSession.State.STAGED


@pytest.mark.parametrize("name", [*ACTIONS, "rejects"])
def test_who_may_only_look_changes_nothing(name, client, store, tmp_path):
    session = import_file(store, tmp_path / "orders.csv", BAD_PERSON)
    client.force_login(UserFactory(role=Role.ANALYST, store=store))

    assert client.get(url("change", session)).status_code == 200
    call = client.get if name == "rejects" else client.post
    assert call(url(name, session)).status_code == 403


@pytest.mark.parametrize("name", ACTIONS)
def test_a_link_changes_nothing(name, client, lead, store, tmp_path):
    session = stage_file(store, tmp_path / "orders.csv", orders_csv(1))

    assert client.get(url(name, session)).status_code == 405


def test_who_may_not_import_sees_no_upload(client, store):
    client.force_login(UserFactory(role=Role.WAREHOUSE, store=store))

    assert client.get(UPLOAD).status_code == 403
    assert post_file(client, store, orders_csv(1)).status_code == 403


def test_the_list_shows_the_stores_of_the_person(client, lead, store, tmp_path):
    import_file(store, tmp_path / "mine.csv", orders_csv(1))
    import_file(StoreFactory(), tmp_path / "theirs.csv", orders_csv(1))

    page = client.get(LIST).content.decode()

    assert "mine.csv" in page
    assert "theirs.csv" not in page


def test_a_page_costs_the_same_for_many_rejects(client, lead, store, tmp_path):
    def queries(rows: int) -> int:
        content = PERSON + "".join(f"A{n},never,1.00,,,\n" for n in range(rows))
        session = import_file(store, tmp_path / "orders.csv", content)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("change", session)).status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(120)


def test_rejects_are_paged(client, lead, store, tmp_path):
    content = PERSON + "".join(f"A{n},never,1.00,,,\n" for n in range(60))
    session = import_file(store, tmp_path / "orders.csv", content)

    first = client.get(url("change", session))
    after = first.context["page"].after
    second = client.get(url("change", session), {"after": after})

    assert len(first.context["rejected_rows"]) == 50
    assert len(second.context["rejected_rows"]) == 10
    assert client.get(url("change", session), {"after": "nowhere"}).status_code == 404

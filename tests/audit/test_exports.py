"""Every file that leaves is one entry: rows, what they were narrowed to, and the bytes' digest."""

import ast
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.management import call_command

from opsdesk.audit.models import AuditEntry
from opsdesk.exchange.models import ImportSession
from opsdesk.stores.models import User
from opsdesk.stores.roles import Role
from tests import factories
from tests.exchange.files import import_file, orders_csv

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
BAD = orders_csv(3).replace("10.00\n", "ten\n", 1)


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def finance(client, store):
    person = factories.UserFactory(role=Role.FINANCE, store=store)
    client.force_login(person)
    return person


def trail(client, store, person, tmp_path):
    factories.AuditEntryFactory.create_batch(3, store=store)
    answer = client.get("/admin/audit/auditentry/export/?model=catalog.sku")
    return b"".join(answer.streaming_content), (3, "model=catalog.sku", None, None, "page")


def rejects_by_page(client, store, person, tmp_path):
    factories.MembershipFactory(user=person, store=store, role=Role.OPERATIONS_LEAD)
    client.force_login(User.objects.get(pk=person.pk))
    session = import_file(store, tmp_path / "orders.csv", BAD)
    answer = client.get(f"/admin/exchange/importsession/{session.pk}/rejects/")
    return b"".join(answer.streaming_content), (1, "", store, session.pk, "page")


def rejects_by_command(client, store, person, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(BAD, encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("import_orders", path, store=store.code, format="generic", json=True)
    session = ImportSession.objects.get()
    made = (tmp_path / "orders.csv.rejects.csv").read_bytes()
    return made, (1, "", store, session.pk, "shell")


@pytest.mark.parametrize("way", [trail, rejects_by_page, rejects_by_command])
def test_a_file_that_leaves_is_on_record(way, client, store, finance, tmp_path):
    file, (rows, filters, of_store, subject_id, via) = way(client, store, finance, tmp_path)

    entry = AuditEntry.objects.get(verb="exported")
    assert entry.after == {
        "rows": rows,
        "filters": filters,
        "sha256": sha256(file).hexdigest(),
    }
    assert file.count(b"\n") == rows + 1
    assert (entry.store, entry.subject_id, entry.via) == (of_store, subject_id, via)
    assert entry.actor == (finance if via == "page" else None)


def test_a_rehearsal_s_rejects_are_on_record_though_it_is_rolled_back(store, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(BAD, encoding="utf-8")

    with pytest.raises(SystemExit):
        call_command(
            "import_orders", path, store=store.code, format="generic", json=True, dry_run=True
        )

    assert AuditEntry.objects.get(verb="exported").after["rows"] == 1
    assert not ImportSession.objects.exists()


def _calls(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield getattr(node.func, "attr", getattr(node.func, "id", ""))


def test_no_file_leaves_by_another_way():
    """Answers that are downloads are made in one place, which is called from one place."""
    apps = {path.parent.name for path in ROOT.glob("*/apps.py")}
    sources = [path for app in ["opsdesk", *sorted(apps)] for path in (ROOT / app).rglob("*.py")]
    hand_over = {
        str(path.relative_to(ROOT))
        for path in sources
        if {"attachment", "FileResponse", "StreamingHttpResponse"} & set(_calls(path))
        or "Content-Disposition" in path.read_text()
    }

    assert hand_over == {"opsdesk/exports.py", "opsdesk/audit/exporting.py"}

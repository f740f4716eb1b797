"""Whatever the product sends as a file is saved, not shown, under a name that does no harm."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from opsdesk.audit.models import AuditEntry
from opsdesk.exports import attachment, harmless
from opsdesk.stores.roles import Role
from tests import factories

DOWNLOADS = [
    "audit_auditentry_export",
    "exchange_importsession_rejects",
    "exchange_importsession_file",
]
PAGE = b"<script>alert(1)</script>"


@pytest.fixture
def lead(client, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    lead = factories.UserFactory(role=Role.OPERATIONS_LEAD)
    client.force_login(lead)
    return lead


@pytest.fixture
def session(lead):
    """An import of what is a web page with a script, whatever it calls itself."""
    session = factories.ImportSessionFactory(
        store=lead.memberships.get().store, file_name="../../<b>orders</b>.svg"
    )
    session.file.save("file", ContentFile(PAGE))
    return session


def ask(client, session, name):
    args = [session.pk] if "importsession" in name else []
    return client.get(reverse(f"admin:{name}", args=args))


@pytest.mark.django_db
@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_is_saved_and_not_shown(name, client, session):
    answer = ask(client, session, name)
    answer.getvalue()

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].split(";")[0] in ("text/csv", "text/plain")


@pytest.mark.django_db
@pytest.mark.parametrize("name", DOWNLOADS)
def test_a_download_is_on_record(name, client, session, lead):
    ask(client, session, name).getvalue()

    assert AuditEntry.objects.get(verb=AuditEntry.Verb.EXPORTED).actor == lead


@pytest.mark.django_db
def test_an_uploaded_file_comes_back_as_it_was_under_a_harmless_name(client, session):
    answer = ask(client, session, "exchange_importsession_file")

    assert answer.getvalue() == PAGE
    assert 'filename="b.svg.txt"' in answer.headers["Content-Disposition"]


@pytest.mark.django_db
def test_a_file_that_is_gone_is_said_on_the_page(client, lead):
    session = factories.ImportSessionFactory(store=lead.memberships.get().store)

    answer = client.get(
        reverse("admin:exchange_importsession_file", args=[session.pk]), follow=True
    )

    assert "The file is not kept any more." in answer.content.decode()
    assert not AuditEntry.objects.filter(verb=AuditEntry.Verb.EXPORTED).exists()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("orders.csv", "orders.csv"),
        ("订单 2026.XLSX", "订单 2026.xlsx"),
        ("../x.html", "x.html.txt"),
        ("..\\..\\x.svg", "x.svg.txt"),
        ("page.html\r\nX-Evil: 1.csv", "page.htmlX-Evil 1.csv"),
        ("invoice\u202evsc.exe", "invoicevsc.exe.txt"),
        (".csv", "csv.txt"),
        ("", "file.txt"),
        ("a" * 400 + ".csv", "a" * 150 + ".csv"),
    ],
)
def test_a_name_is_made_harmless(given, sent):
    assert harmless(given) == sent
    assert "\n" not in attachment(iter([]), given).headers["Content-Disposition"]

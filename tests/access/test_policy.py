"""Pages run our own scripts only, and downloads nothing at all."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from opsdesk.stores.roles import Role
from tests import factories

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=|javascript:", re.IGNORECASE)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/login/", "/admin/", "/health/live", "/nowhere/"])
def test_every_answer_says_what_may_run(address, client):
    client.force_login(factories.UserFactory(role=Role.FINANCE))

    policy = client.get(address).headers["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval';" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.django_db
def test_a_download_runs_nothing(client):
    client.force_login(factories.UserFactory(role=Role.FINANCE))

    response = client.get("/admin/audit/auditentry/export/")

    assert b"".join(response.streaming_content)
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_page_of_ours_needs_a_script_within_it(path: Path):
    assert INLINE.search(path.read_text(encoding="utf-8")) is None

import os
import runpy
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from opsdesk import development
from opsdesk import settings as settings_module

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "OPSDESK_ENV": "production",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJ",
    "DATABASE_URL": "postgres://opsdesk:secret@db/opsdesk",
    "REDIS_URL": "redis://queue:6379/0",
    "ALLOWED_HOSTS": "desk.example.com",
    "FIELD_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


def inherited() -> dict[str, str]:
    """This process' environment without what the browser tests in it need."""
    return {
        name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"
    }


@pytest.fixture
def production(monkeypatch):
    for name in ("DEBUG", "SECURE_SSL_REDIRECT", "SECURE_HSTS_PRELOAD", "OPSDESK_VAR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def read_settings() -> dict:
    return runpy.run_path(settings_module.__file__)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "FIELD_KEYS"]
)
def test_production_refuses_to_start_without(production, name):
    production.delenv(name)

    with pytest.raises(ImproperlyConfigured, match=f"not set:\n  {name}: "):
        read_settings()


def test_an_empty_secret_is_no_secret(production):
    production.setenv("SECRET_KEY", "")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        read_settings()


def test_production_is_what_is_meant_when_nothing_is_said(production):
    production.delenv("OPSDESK_ENV")

    assert read_settings()["PRODUCTION"] is True


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SECRET_KEY", "short", ImproperlyConfigured),
        ("DEBUG", "yes please", EnvError),
        ("DEBUG", "true", ImproperlyConfigured),
        ("OPSDESK_ENV", "staging", EnvError),
        ("DATABASE_URL", "sqlite:///orders.db", ImproperlyConfigured),
        ("EMAIL_PORT", "smtp", EnvError),
        ("FIELD_KEYS", "too-short", ImproperlyConfigured),
        ("OUTBOUND_PRIVATE_NETWORKS", "10.0.0.1/8", ImproperlyConfigured),
    ],
)
def test_a_wrong_value_stops_the_start_and_is_named(production, name, value, error):
    production.setenv(name, value)

    with pytest.raises(error, match=name):
        read_settings()


def test_a_task_ends_before_redis_hands_it_to_a_second_worker(production):
    values = read_settings()
    timeout = values["CELERY_BROKER_TRANSPORT_OPTIONS"]["visibility_timeout"]
    assert values["CELERY_TASK_SOFT_TIME_LIMIT"] < values["CELERY_TASK_TIME_LIMIT"] < timeout


def test_the_forwarded_protocol_is_believed_only_when_told_so(production):
    assert "SECURE_PROXY_SSL_HEADER" not in read_settings()

    production.setenv("TRUST_X_FORWARDED_PROTO", "true")

    assert read_settings()["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_the_deployment_check_finds_nothing_under_production_settings():
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**inherited(), **PRODUCTION, "SECURE_HSTS_PRELOAD": "true"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "no issues (0 silenced)" in result.stdout


def test_browsers_keep_the_site_on_their_preload_list_only_when_told_so(production):
    values = read_settings()
    assert values["SECURE_HSTS_PRELOAD"] is False
    assert values["SILENCED_SYSTEM_CHECKS"] == ["security.W021"]

    production.setenv("SECURE_HSTS_PRELOAD", "true")

    values = read_settings()
    assert values["SECURE_HSTS_PRELOAD"] is True
    assert "SILENCED_SYSTEM_CHECKS" not in values


def test_the_command_line_names_what_is_missing_in_production():
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "OPSDESK_ENV": "production"},
        capture_output=True,
        text=True,
    )
    assert result.returncode != 0
    for name in settings_module.REQUIRED:
        assert f"  {name}: " in result.stderr


def test_a_checkout_makes_its_own_secret_once_and_keeps_it_to_itself(tmp_path):
    secret = development.secret_key(tmp_path / "var")

    assert len(secret) >= 50
    assert development.secret_key(tmp_path / "var") == secret
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_two_checkouts_have_two_secrets(tmp_path):
    secrets = {development.secret_key(tmp_path / name) for name in ("one", "two")}
    assert len(secrets) == 2


def test_the_static_files_of_production_are_complete(tmp_path):
    """A style sheet that names a missing file would stop the image from being built."""
    result = subprocess.run(
        [sys.executable, "-m", "django", "collectstatic", "--noinput"],
        cwd=ROOT,
        env={**inherited(), **PRODUCTION, "STATIC_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "staticfiles.json").exists()


def test_nothing_private_is_reached_in_production_unless_it_is_named(production):
    production.delenv("OUTBOUND_PRIVATE_NETWORKS", raising=False)
    assert read_settings()["OUTBOUND_PRIVATE_NETWORKS"] == []

    production.setenv("OUTBOUND_PRIVATE_NETWORKS", "10.1.0.0/16,::1/128")

    assert read_settings()["OUTBOUND_PRIVATE_NETWORKS"] == ["10.1.0.0/16", "::1/128"]

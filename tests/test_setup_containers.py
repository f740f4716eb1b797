"""docker-compose.yml and Dockerfile, read as text: what production relies on is in them."""

import re
from pathlib import Path

import pytest
import yaml

from opsdesk import settings
from tests import processes

ROOT = Path(__file__).resolve().parent.parent
FILE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(FILE)["services"]
APPLICATION = ["migrate", "web", "worker", "clock", "beat"]
SECRETS = ["SECRET_KEY", "FIELD_KEYS", "POSTGRES_PASSWORD"]


def test_every_part_of_production_is_there():
    assert set(SERVICES) == {"postgres", "redis", *APPLICATION}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"migrate"}))
def test_every_lasting_service_restarts_and_has_a_health_check(name):
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", APPLICATION[1:])
def test_nothing_starts_before_the_migration_has_ended_well(name):
    conditions = {key: value["condition"] for key, value in SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
        "migrate": "service_completed_successfully",
    }


@pytest.mark.parametrize("name", APPLICATION)
def test_every_required_variable_reaches_the_application(name):
    assert settings.REQUIRED.keys() <= SERVICES[name]["environment"].keys()


@pytest.mark.parametrize("name", [*SECRETS, "ALLOWED_HOSTS"])
def test_compose_refuses_to_start_without(name):
    uses = re.findall(rf"\${{{name}(:.)", FILE)
    assert set(uses) == {":?"}


def test_no_secret_stands_in_the_file():
    for line in FILE.splitlines():
        key, _, value = line.strip().partition(": ")
        if re.search("SECRET|PASSWORD", key) and value:
            assert value.startswith("${"), line


def test_redis_keeps_its_content_and_drops_nothing():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


@pytest.mark.parametrize("name", ["worker", "clock"])
def test_a_stopped_worker_has_longer_than_it_takes_to_return_its_tasks(name):
    grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert grace > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert SERVICES[name]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


@pytest.mark.parametrize(("name", "queue"), [("worker", "celery"), ("clock", "clock")])
def test_each_queue_has_its_worker(name, queue):
    assert f"-Q {queue} " in " ".join(SERVICES[name]["command"])


def test_the_database_logs_no_rows():
    command = " ".join(SERVICES["postgres"]["command"])
    assert "log_min_error_statement=panic" in command
    assert "log_error_verbosity=terse" in command


def test_a_migration_waits_two_seconds_for_a_lock_and_gives_way():
    migrate, web = SERVICES["migrate"], SERVICES["web"]
    assert migrate["environment"]["PGOPTIONS"] == "-c lock_timeout=2s"
    assert migrate["restart"].startswith("on-failure")
    assert "PGOPTIONS" not in web["environment"]


@pytest.mark.django_db(transaction=True)
def test_the_lock_timeout_of_the_environment_holds_for_django():
    code = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW lock_timeout'); "
    shown = processes.run_module(
        "django",
        "shell",
        "--no-imports",
        "--command",
        code + "print(k.fetchone()[0])",
        DJANGO_SETTINGS_MODULE="opsdesk.settings",
        PGOPTIONS=SERVICES["migrate"]["environment"]["PGOPTIONS"],
    )
    assert shown.split()[-1] == "2s"


def test_the_web_s_processes_count_in_a_folder_they_can_write_to():
    web = SERVICES["web"]
    assert web["environment"]["PROMETHEUS_MULTIPROC_DIR"].startswith("/tmp/")
    assert web["tmpfs"] == ["/tmp"]
    assert "python:opsdesk.web" in (ROOT / "Dockerfile").read_text()


def test_there_is_one_beat():
    beats = [name for name in SERVICES if "beat" in SERVICES[name].get("command", [])]
    assert beats == ["beat"]


def test_the_image_runs_as_nobody_special_and_holds_no_secret():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["opsdesk"]
    instructions = re.split(r"\n(?=[A-Z]+ )", "\n".join(lines))
    lasting = [text for text in instructions if text.startswith(("ENV", "ARG"))]
    assert lasting
    assert not any("SECRET" in text or "PASSWORD" in text for text in lasting)

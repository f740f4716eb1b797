"""One id per request, everywhere the same; nothing personal and no secret in any line."""

import io
import json
import logging

import pytest
from django.db import DataError, connection, transaction

from opsdesk import tracing
from opsdesk.logs import JsonFormatter, PlainFormatter
from tests import factories
from tests.tokens.programs import ROOT, program, send

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def lines():
    """What the application writes while a test runs, as production formats it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    loggers = [logging.getLogger(), logging.getLogger("django")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_answer_and_lines_bear_the_same_id(client, lines):
    response = client.get(f"{ROOT}orders/", headers={"X-Correlation-ID": "shop-42"})

    ours = response["X-Request-ID"]
    written = [line for line in lines() if line["logger"].startswith("opsdesk.")]
    assert {line["request_id"] for line in written} == {ours}
    assert {line["correlation_id"] for line in written} == {"shop-42"}
    assert response["X-Correlation-ID"] == "shop-42"
    assert response.json()["request_id"] == ours
    assert any("Refused (not_authenticated)" in line["message"] for line in written)


def test_two_requests_have_two_ids(client):
    assert client.get("/health/live")["X-Request-ID"] != client.get("/health/live")["X-Request-ID"]
    assert tracing.current() is None


@pytest.mark.parametrize("theirs", ["a b", "x" * 65, "x\ty", "<script>"])
def test_a_correlation_id_that_is_none_is_dropped(client, theirs):
    response = client.get("/health/live", headers={"X-Correlation-ID": theirs})

    assert "X-Correlation-ID" not in response


def test_neither_a_phone_number_nor_a_token_is_in_a_line(lines):
    store = factories.StoreFactory()
    bridge = program(store)
    secret = bridge.defaults["HTTP_AUTHORIZATION"].split("_")[-1]
    order = {
        "external_number": "A-1",
        "placed_at": "2026-03-02T10:00:00+08:00",
        "phone": PHONE,
        "recipient": "王小明",
        "lines": [{"sku_code": "A", "quantity": 1, "unit_price": "1.00"}],
    }
    assert send(bridge, "orders", order).status_code == 201
    assert send(bridge, "orders", {**order, "phone": 1}, key="two").status_code == 400
    bridge.get(f"{ROOT}orders/?external_number={PHONE}")
    bridge.get(f"{ROOT}nothing/{PHONE}/")
    bridge.get("/admin/", {"phone": PHONE})

    written = json.dumps(lines(), ensure_ascii=False)
    assert '"token"' in written
    assert "POST /api/v1/orders/ 201" in written
    assert PHONE not in written
    assert secret not in written
    assert "王小明" not in written


def test_of_an_error_the_row_it_quotes_is_left_out(lines):
    logger = logging.getLogger("opsdesk.test")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [f"王小明 {PHONE}"])
    except DataError:
        logger.exception("It failed for %s", PHONE)

    (line,) = [line for line in lines() if line["logger"] == "opsdesk.test"]
    assert line["message"] == "It failed for 138****5678"
    assert PHONE not in json.dumps(line)
    assert line["error"].startswith("DataError")
    assert any("test_tracing.py" in place for place in line["places"])


@pytest.mark.parametrize(
    "text",
    ["Authorization: Bearer abc.def-123", "sent od_0a1b2c3d_Zm9vYmFy-_x", f"ring {PHONE}"],
)
def test_a_secret_in_a_message_is_masked_at_a_terminal_too(text):
    record = logging.LogRecord("x", logging.INFO, "", 0, text, (), None)

    shown = PlainFormatter("%(message)s").format(record)

    assert "***" in shown
    assert text.split()[-1] not in shown

"""A write with a key happens once: repeated, at once, with another body, after a crash."""

import threading
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog.models import StockMovement
from opsdesk.api import idempotency
from opsdesk.stores.roles import Role
from opsdesk.tokens.models import ApiToken, KeptAnswer
from opsdesk.tokens.services import rotate_token
from orders.models import Order
from tests import factories
from tests.concurrency import run_together, slowly
from tests.tokens.programs import client_with, program, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def scanner(store):
    return program(store, role=Role.WAREHOUSE)


@pytest.fixture
def receipt(store):
    sku, warehouse = factories.SkuFactory(store=store), factories.WarehouseFactory(store=store)
    return {"sku": str(sku.pk), "warehouse": str(warehouse.pk), "quantity": 12}


@pytest.mark.parametrize("key", ["", "x" * 201, "a b", "schlüssel".encode().decode("latin-1")])
def test_without_a_key_nothing_is_written(scanner, receipt, key):
    response = send(scanner, "stock-movements", receipt, key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
    assert not StockMovement.objects.exists()


def test_a_repetition_gets_the_first_answer(scanner, receipt):
    first = send(scanner, "stock-movements", receipt)
    again = send(scanner, "stock-movements", receipt)

    assert StockMovement.objects.count() == 1
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Location"] == first["Location"]
    assert again["Content-Type"] == first["Content-Type"]
    assert again["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first


def test_a_refusal_that_left_a_note_is_repeated_as_it_was(store):
    bridge = program(store)
    order = {
        "external_number": "A-1",
        "placed_at": "2026-03-02T10:00:00+08:00",
        "lines": [{"sku_code": "A", "quantity": 1, "unit_price": "1.00"}],
    }
    send(bridge, "orders", order, key="one")
    other = {**order, "lines": [{"sku_code": "B", "quantity": 1, "unit_price": "1.00"}]}

    first = send(bridge, "orders", other, key="two")
    again = send(bridge, "orders", other, key="two")

    assert first.status_code == again.status_code == 409
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("other", [{"quantity": 13}, {"note": "more"}])
def test_a_key_of_another_request_is_refused(scanner, receipt, other):
    send(scanner, "stock-movements", receipt)

    response = send(scanner, "stock-movements", receipt | other)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert StockMovement.objects.count() == 1


def test_what_was_refused_leaves_its_key_free(scanner, receipt):
    assert send(scanner, "stock-movements", receipt | {"quantity": 0}).status_code == 400
    assert send(scanner, "stock-movements", receipt | {"sku": "1"}).status_code == 404

    assert send(scanner, "stock-movements", receipt).status_code == 201


def test_another_token_s_key_is_another_key(store, scanner, receipt):
    other = program(store, role=Role.WAREHOUSE)

    assert send(scanner, "stock-movements", receipt).status_code == 201
    assert send(other, "stock-movements", receipt).status_code == 201
    assert StockMovement.objects.count() == 2


def test_a_key_survives_a_rotation(scanner, receipt):
    send(scanner, "stock-movements", receipt)
    old = ApiToken.objects.get()
    new = rotate_token(token_id=old.pk, actor=None, at=timezone.now())

    again = send(client_with(new.secret), "stock-movements", receipt)

    assert again["Idempotency-Replayed"] == "true"
    assert StockMovement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_writes_and_the_others_are_told(scanner, receipt, monkeypatch):
    monkeypatch.setattr(idempotency, "_fingerprint", slowly(idempotency._fingerprint))
    monkeypatch.setattr(idempotency, "_keep", slowly(idempotency._keep))

    answers = run_together([partial(send, scanner, "stock-movements", receipt)] * 8)

    assert StockMovement.objects.count() == KeptAnswer.objects.count() == 1
    told = [answer for answer in answers if answer.status_code == 409]
    assert {answer.json()["code"] for answer in told} <= {"still_running"}
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert send(scanner, "stock-movements", receipt)["Idempotency-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_with_one_key_are_one_order(store):
    """All are answered alike, or told that the first is still running (ORD-1)."""
    bridge = program(store, role=Role.ORDER_REVIEWER)
    order = {
        "external_number": "A-1",
        "placed_at": "2026-03-02T10:00:00+08:00",
        "lines": [{"sku_code": "A", "quantity": 1, "unit_price": "1.00"}],
    }

    answers = run_together([partial(send, bridge, "orders", order)] * 50)

    assert Order.objects.count() == KeptAnswer.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert [a.get("Idempotency-Replayed") for a in answers if a.status_code == 201].count(None) == 1
    assert send(bridge, "orders", order)["Idempotency-Replayed"] == "true"


@pytest.mark.django_db(transaction=True)
def test_a_key_whose_holder_died_is_free_at_once(scanner, receipt):
    """The holder has written and not committed when its connection is cut."""
    token = ApiToken.objects.get()
    written, cut = threading.Event(), threading.Event()
    backend = []

    def hold():
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    backend.append(cursor.fetchone()[0])
                assert idempotency._held(token, "key-1") is None
                factories.KeptAnswerFactory(token=token, key="key-1")
                written.set()
                cut.wait(30)
                KeptAnswer.objects.count()
        except Exception as error:  # The connection is gone, which is what is tried.
            return error
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert written.wait(30)
    held = send(scanner, "stock-movements", receipt)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", backend)
    cut.set()
    holder.join(30)

    assert (held.status_code, held.json()["code"]) == (409, "still_running")
    assert send(scanner, "stock-movements", receipt).status_code == 201
    assert StockMovement.objects.count() == 1

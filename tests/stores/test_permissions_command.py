import json

import pytest
from django.core.management import call_command

from opsdesk.stores.roles import granted


@pytest.mark.django_db
def test_the_command_tells_who_may_do_what(capsys):
    call_command("permissions", json=True)

    answer = json.loads(capsys.readouterr().out)
    assert {role: set(held) for role, held in answer["roles"].items()} == granted()
    assert answer["scopes"]["intake:write"] == ["orders.add_order"]
    routes = {
        (route["method"], route["address"]): route["permission"] for route in answer["routes"]
    }
    assert routes["POST", "/api/v1/orders/"] == "orders.add_order"
    assert routes["GET", "/admin/orders/order/"] == "orders.view_order"


@pytest.mark.django_db
def test_for_people_it_names_the_roles_of_each_address(capsys):
    call_command("permissions")

    shown = capsys.readouterr().out
    assert "/api/v1/stock-movements/  catalog.receive_stock" in shown
    assert "catalog_operator, warehouse" in shown

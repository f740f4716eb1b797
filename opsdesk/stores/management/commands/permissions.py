from typing import Any

from django.contrib import admin
from django.urls import get_resolver, reverse

from opsdesk.api import router
from opsdesk.commands import DONE, OpsCommand
from opsdesk.stores.roles import granted
from opsdesk.tokens import scopes


class Command(OpsCommand):
    help = "Who may do what: roles, scopes of tokens, and what screens and resources ask for."

    def answer(self, **_options: Any) -> tuple[dict[str, Any], int]:
        get_resolver().url_patterns  # noqa: B018  (reading them registers screens and resources)
        answer = {
            "roles": {role: sorted(held) for role, held in granted().items()},
            "scopes": {scope.code: sorted(scope.permissions) for scope in scopes.all_scopes()},
            "routes": [*_screens(), *_resources()],
        }
        return answer, DONE

    def show(self, answer: dict[str, Any]) -> None:
        for route in answer["routes"]:
            roles = [role for role, held in answer["roles"].items() if route["permission"] in held]
            self.stdout.write(f"{route['method']:5}{route['address']}  {route['permission']}")
            self.stdout.write(f"        {', '.join(roles) or 'nobody'}")


def _screens() -> list[dict[str, str]]:
    return sorted(
        (
            _route("GET", reverse(f"admin:{m.app_label}_{m.model_name}_changelist"), _view(m))
            for m in (model._meta for model in admin.site._registry)
        ),
        key=lambda route: route["address"],
    )


def _resources() -> list[dict[str, str]]:
    routes = []
    registered: list[tuple[str, Any, str]] = router.registry
    for _prefix, viewset, name in registered:
        methods = ["GET", "POST"] if hasattr(viewset, "create") else ["GET"]
        address = reverse(f"{name}-list")
        routes += [_route(method, address, viewset.permission_for(method)) for method in methods]
    return routes


def _view(meta: Any) -> str:
    return f"{meta.app_label}.view_{meta.model_name}"


def _route(method: str, address: str, permission: str) -> dict[str, str]:
    return {"method": method, "address": address, "permission": permission}

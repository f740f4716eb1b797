"""The tabs of a product's page: each subject of the chapter registers what it has to show there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.functional import Promise

if TYPE_CHECKING:
    from catalog.models import Product


@dataclass(frozen=True)
class ProductTab:
    """Shown to who holds `permission` in the product's store. `context` feeds the `template`."""

    code: str
    title: str | Promise
    template: str
    context: Callable[[HttpRequest, Product], dict[str, Any]]
    permission: str
    place: int  # from left to right


_tabs: dict[str, ProductTab] = {}


def register(*tabs: ProductTab) -> None:
    for tab in tabs:
        if tab.code in _tabs:
            raise ValueError(f"Two tabs are called {tab.code}.")
        _tabs[tab.code] = tab


def tabs_for(request: HttpRequest, product: Product) -> list[ProductTab]:
    shown = (tab for tab in _tabs.values() if request.user.has_perm(tab.permission, product))
    return sorted(shown, key=lambda tab: tab.place)

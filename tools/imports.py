"""Imports every module of the product: proves that a lock leaves none of its packages out."""

import importlib
import pkgutil

import django

from opsdesk.celery import app

PACKAGES = ["opsdesk", "catalog", "orders", "fulfillment", "aftersales", "marketing", "analytics"]


def main() -> None:
    django.setup()
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{name}."):
            importlib.import_module(module.name)
    # Imported by Celery once a message is sent, named in an address only.
    importlib.import_module(type(app.connection().transport).__module__)


if __name__ == "__main__":
    main()

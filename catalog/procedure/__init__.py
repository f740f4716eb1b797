"""What the catalog chapter brings to the house, subject by subject."""

from catalog import automation, checks
from catalog.invariants import INVARIANTS
from catalog.procedure import (
    bundles,
    clearance,
    codes,
    listings,
    presales,
    prices,
    products,
    purchasing,
    replenishment,
    sampling,
    selection,
    stock,
    storefront,
    words,
)
from opsdesk import invariants
from opsdesk.inspection import checks as inspection
from opsdesk.stores import procedure

SUBJECTS = (
    products,
    codes,
    listings,
    words,
    prices,
    stock,
    replenishment,
    purchasing,
    clearance,
    presales,
    selection,
    sampling,
    bundles,
    storefront,
)


def register() -> None:
    automation.register()
    invariants.register(*INVARIANTS)
    for subject in SUBJECTS:
        subject.register()
    procedure.register(*checks.SETTINGS)
    inspection.register(*checks.CHECKS)

"""What must hold after every test that moves goods, money or clocks."""

from opsdesk import invariants


def assert_invariants_hold() -> None:
    checked = invariants.violations(invariants.all_invariants())
    broken = {row["id"]: row["cases"] for row in checked if row["violations"]}
    assert not broken

"""What must hold after every test that moves goods, money or clocks."""

from opsdesk import invariants


def assert_invariants_hold(chapter: str = "") -> None:
    """All of them, or those of one chapter where a test goes below the others on purpose."""
    checked = invariants.violations(
        invariant for invariant in invariants.all_invariants() if invariant.code.startswith(chapter)
    )
    broken = {row["id"]: row["cases"] for row in checked if row["violations"]}
    if broken:
        raise AssertionError(f"Broken: {broken}")

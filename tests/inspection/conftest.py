import pytest

from opsdesk.alerts import checks as kinds
from opsdesk.inspection import checks
from tests.inspection.looks import KIND


@pytest.fixture
def only(monkeypatch):
    """Only these checks are registered."""
    monkeypatch.setitem(kinds._kinds, KIND.code, KIND)

    def register(*looks):
        monkeypatch.setattr(checks, "_checks", {each.check.code: each.check for each in looks})

    return register

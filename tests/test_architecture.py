import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BELOW = {
    "opsdesk": set(),
    "catalog": {"opsdesk"},
    "orders": {"opsdesk", "catalog"},
    "fulfillment": {"opsdesk", "catalog", "orders"},
    "aftersales": {"opsdesk", "catalog", "orders", "fulfillment"},
    "marketing": {"opsdesk", "catalog", "orders"},
    "analytics": {"opsdesk", "catalog", "orders", "fulfillment", "aftersales", "marketing"},
}


def imported_packages(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("app", BELOW)
def test_imports_go_down_only(app):
    allowed = BELOW[app] | {app}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / app).rglob("*.py")
        for name in imported_packages(path) & (BELOW.keys() - allowed)
    }
    assert wrong == set()


@pytest.mark.parametrize("app", BELOW)
def test_the_product_knows_nothing_of_its_tests_and_tools(app):
    users = {
        path for path in (ROOT / app).rglob("*.py") if imported_packages(path) & {"tests", "tools"}
    }
    assert users == set()

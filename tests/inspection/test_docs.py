"""What the documentation says of checks is true of all of them."""

import re
from pathlib import Path

from django.conf import settings

from opsdesk.inspection import checks
from opsdesk.stores import procedure

PAGE = (Path(settings.BASE_DIR) / "docs" / "checks.md").read_text(encoding="utf-8")


def test_every_check_is_described():
    """INS-1 … INS-9"""
    described = re.findall(r"\bINS-\d\.\w+", PAGE)

    assert {check.code for check in checks.all_checks()} == set(described)


def test_every_number_that_is_named_exists():
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", PAGE)) - {"robots.txt"}

    assert named <= {setting.key for setting in procedure.all_settings()}

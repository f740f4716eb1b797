"""A day's balance sheet as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _

from opsdesk import exports
from opsdesk.audit import exporting
from orders.models import MoneyDifference
from orders.services.balance import BalanceSheet


def sheet_file(sheet: BalanceSheet, *, as_workbook: bool) -> FileResponse:
    """Its rows, accounts and reasons, one below the other; the export is on record."""
    header = [_("Section"), _("Item"), _("Ours"), _("Theirs"), _("Difference"), _("Currency")]
    rows = _rows(sheet)
    if as_workbook:
        file = exports.xlsx_file(header, rows, f"{sheet.store.code} {sheet.day}")
    else:
        file = exports.csv_file(header, rows)
    name = f"balance-{sheet.store.code}-{sheet.day}.{'xlsx' if as_workbook else 'csv'}"
    return exporting.sent(file, name, model=MoneyDifference, store=sheet.store)


def _rows(sheet: BalanceSheet) -> Iterator[list[Any]]:
    currency = sheet.store.currency
    for row in sheet.rows:
        yield [_("Money"), str(row.title), row.ours, row.theirs, row.difference, currency]
    for account in sheet.accounts:
        opening = _("Opening balance of %(provider)s") % {"provider": account.provider}
        yield [_("Accounts"), opening, None, account.opening, None, currency]
        closing = _("Closing balance of %(provider)s") % {"provider": account.provider}
        stated, reckoned = account.stated, account.closing
        yield [_("Accounts"), closing, reckoned, stated, account.unexplained, currency]
    for _code, title, amount in sheet.reasons:
        yield [_("Why it differs"), str(title), None, None, amount, currency]

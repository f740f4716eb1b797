"""Lists for tables of millions of rows: keyset pages, a lean page, filters that can't break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from opsdesk import keyset, navigation, wording
from opsdesk.admin import ReadOnly, ScopedModelAdmin
from opsdesk.estimates import capped_counts
from opsdesk.filters import ListFilters
from opsdesk.navigation import MOST, shown
from opsdesk.stores.models import Store

# A list that takes longer is asked for with narrower filters instead of blocking the database.
PATIENCE_MS = 4_000
QUERY_CANCELED = "57014"


@dataclass(frozen=True)
class Column:
    """`cell` gives what is shown; plain text is escaped. `css`: od-num, od-wide, od-nowrap."""

    title: str | Promise
    cell: Callable[[Any], Any]
    css: str = ""


@dataclass(frozen=True)
class Tab:
    """A selection one click away. `rows` narrows the list; counted up to 99+.

    `sorting` where it is not the list's own: work that waits is shown oldest first. `to_count`
    where other rows, as many of them, are counted sooner.
    """

    code: str
    title: str | Promise
    rows: Callable[[QuerySet], QuerySet]
    counted: bool = True
    sorting: keyset.Sorting | None = None
    to_count: Callable[[QuerySet], QuerySet] | None = None


def pill(text: Any, tone: str = "") -> SafeString:
    return format_html('<span class="od-pill {}">{}</span>', tone, text)


def state_pill(choices: type[models.Choices], value: str, tone: str = "") -> SafeString:
    """The pill of a state. Kept per language: a list shows the same few hundreds of times."""
    return _state_pill(choices, value, tone, get_language())


@cache
def _state_pill(choices: type[models.Choices], value: str, tone: str, _language: str) -> SafeString:
    return pill(str(choices(value).label), tone)


def _tick(pk: int) -> str:
    label = escape(gettext("Tick this row"))
    return (
        '<td class="od-check">'
        f'<input type="checkbox" name="ids" value="{pk}" aria-label="{label}"></td>'
    )


def moment_in(at: Any, store: Store) -> str:
    """A moment as the row's own store keeps time."""
    return wording.moment(at, store.zone)


def crumbs(opts: Any) -> list[tuple[str, str]]:
    """(words, address) of what lies above a row's page: its list."""
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    return [(capfirst(opts.verbose_name_plural), address)]


class KeysetModelAdmin(ScopedModelAdmin):
    """A list for a big table: give its columns, filters, tabs and a sorting an index serves."""

    columns: Sequence[Column] = ()
    filters: type[ListFilters] | None = None
    tabs: Sequence[Tab] = ()
    sorting = keyset.Sorting()
    page_size = 50
    list_template = "parts/list.html"
    empty_title: str | Promise = _("Nothing here yet")
    empty_hint: str | Promise = ""
    row_tone: Callable[[Any], str] | None = None
    links_rows = True

    def list_rows(self, request: HttpRequest) -> QuerySet:
        """The rows as the list shows them; add select_related and only() here."""
        return self.get_queryset(request).order_by()

    def list_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """(address, words) of the buttons above the list."""
        return [("add/", _("Add"))] if self.has_add_permission(request) else []

    def bulk_buttons(self, request: HttpRequest) -> list[tuple[str, str | Promise]]:
        """(code, words) of what can be done with ticked rows."""
        return []

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """A post with ticked rows."""
        raise PermissionDenied

    def form_page(
        self, request: HttpRequest, form: Any, title: str, *, submit: str, intro: str = ""
    ) -> TemplateResponse:
        """A form on a page of its own, from which one goes back to the list."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "crumbs": crumbs(self.opts),
            "opts": self.opts,
            "form": form,
            "intro": intro,
            "submit": submit,
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "parts/form.html", context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self.bulk(request)
        filters, rows = self.filtered(request)
        page, problem = self._read(request, rows)
        self.work_out(request, page.rows)
        bulk_buttons = self.bulk_buttons(request)
        css = [f' class="{column.css}"' if column.css else "" for column in self.columns]
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "crumbs": [],
            "opts": self.opts,
            "is_fullwidth": 1,
            "page": page,
            "problem": problem,
            "columns": self.columns,
            "lines": [self._line(row, css, bool(bulk_buttons)) for row in page.rows],
            "filters": filters,
            "tabs": self._tab_links(request),
            "buttons": self.list_buttons(request),
            "bulk_buttons": bulk_buttons,
            "empty_title": self.empty_title,
            "empty_hint": self.empty_hint,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.list_template, context)

    def filtered(self, request: HttpRequest) -> tuple[ListFilters | None, QuerySet]:
        """The filters, and the rows that tab and filters leave."""
        rows = self.list_rows(request)
        tab = self.chosen_tab(request)
        if tab:
            rows = tab.rows(rows)
        if self.filters is None:
            return None, rows
        filters = self.filters(request.GET, queryset=rows, request=request)
        return filters, filters.rows()

    def tabs_for(self, request: HttpRequest) -> Sequence[Tab]:
        """The selections above the list; override where they depend on the person."""
        return self.tabs

    def chosen_tab(self, request: HttpRequest) -> Tab | None:
        code = request.GET.get("tab", "")
        return next((tab for tab in self.tabs_for(request) if tab.code == code), None)

    def work_out(self, request: HttpRequest, shown: list[Any]) -> None:
        """Give the rows of the page what their cells need and the rows don't hold, all at once."""

    def _read(self, request: HttpRequest, rows: QuerySet) -> tuple[keyset.Page, str | Promise]:
        tab = self.chosen_tab(request)
        sorting = tab.sorting if tab and tab.sorting else self.sorting
        read = partial(keyset.Page.read, rows, sorting, size=self.page_size)
        before, after = request.GET.get("before", ""), request.GET.get("after", "")
        try:
            with patience(PATIENCE_MS):
                return read(before=before, after=after), ""
        except keyset.BadPlace:
            return read(), _("That page is not there; this is the first one.")
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != QUERY_CANCELED:
                raise
            return keyset.Page([]), _(
                "This search takes too long. Choose a store or a shorter time, then try again."
            )

    def _line(self, row: models.Model, css: Sequence[str], ticks: bool) -> SafeString:
        """A table row as HTML, put together here: in a template it takes five times as long."""
        cells = [conditional_escape(column.cell(row)) for column in self.columns]
        if self.links_rows:
            cells[0] = f'<a class="od-main" data-key="open" href="{row.pk}/change/">{cells[0]}</a>'
        tick = _tick(row.pk) if ticks else ""
        inner = "".join(f"<td{c}>{cell}</td>" for c, cell in zip(css, cells, strict=True))
        return mark_safe(f'<tr data-row="{row.pk}">{tick}{inner}</tr>')  # Cells are escaped above.

    def _tab_links(self, request: HttpRequest) -> list[dict[str, Any]]:
        tabs = self.tabs_for(request)
        if not tabs:
            return []
        view = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        # A tab that the sidebar counts already is not counted twice.
        known = {tab.code: navigation.count_of_tab(request, view, tab.code) for tab in tabs}
        counted = [tab for tab in tabs if tab.counted and known[tab.code] is None]
        base = self.get_queryset(request)
        counts = capped_counts(
            {tab.code: (tab.to_count or tab.rows)(base) for tab in counted}, MOST
        )
        chosen = next((tab for tab in tabs if tab.code == request.GET.get("tab", "")), None)
        everything = {"code": "", "title": _("All"), "count": "", "is_chosen": chosen is None}
        return [
            *(
                {
                    "code": tab.code,
                    "title": tab.title,
                    "count": known[tab.code] or shown(counts.get(tab.code, 0)),
                    "is_chosen": tab is chosen,
                }
                for tab in tabs
            ),
            everything,
        ]


class ReadOnlyList(ReadOnly, KeysetModelAdmin):
    """A list to look at."""


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """Within the block a statement that takes longer is cancelled by the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [milliseconds])
        yield

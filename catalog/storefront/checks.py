"""What the inspection says of the storefront: INS-1 (prices), INS-2 (texts), INS-4 (pages)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import PageVisit, StorefrontPage
from catalog.storefront import visiting
from opsdesk.alerts.checks import AlertKind
from opsdesk.alerts.services import Finding
from opsdesk.inspection.checks import CannotCheck, Check, Seen
from opsdesk.schedule.jobs import Job
from opsdesk.stores.models import Store
from opsdesk.stores.roles import Role

if TYPE_CHECKING:
    from catalog.models.storefront import PageVisitQuerySet
    from opsdesk.schedule.models import Slot

Problem = PageVisit.Problem
# An inspection goes by what was seen since; a page nobody got to in that time is not looked at.
FRESH = timedelta(hours=24)
# What is wrong → what was seen of it.
_EVIDENCE = {code.value: code.label for code in Problem} | {"visited_at": _("visited")}
OF_PAGES = (
    Problem.REFUSED,
    Problem.UNREACHABLE,
    Problem.CUT_OFF,
    Problem.STATUS,
    Problem.REDIRECTS,
    Problem.SLOW,
    Problem.DEAD_LINKS,
)
OF_PRICES = (Problem.PRICE, Problem.NO_PRICE)
OF_TEXTS = (Problem.TEXT, Problem.FORBIDDEN, Problem.TITLE, Problem.PICTURES)
# Buyers can't buy, or at the wrong price.
_CRITICAL = {Problem.UNREACHABLE, Problem.CUT_OFF, Problem.STATUS, Problem.PRICE, Problem.FORBIDDEN}

BROKEN = AlertKind(
    code="catalog.page_broken",
    title=_("A page of the storefront is broken"),
    clause="INS-4",
    runbook=_(
        "Open the page as a visitor, mend it or its address; the next visit closes the alert."
    ),
    evidence=_EVIDENCE,
)
PRICE_LIES = AlertKind(
    code="catalog.page_price",
    title=_("A page of the storefront shows another price"),
    clause="INS-1",
    runbook=_(
        "Compare with the SKU's price in force: correct the page, or have the price changed."
    ),
    evidence=_EVIDENCE,
)
TEXT_LIES = AlertKind(
    code="catalog.page_text",
    title=_("A page of the storefront is not as planned"),
    clause="INS-2",
    runbook=_("Compare the page with what was planned: correct the page, or the plan."),
    evidence=_EVIDENCE,
)
KINDS = (BROKEN, PRICE_LIES, TEXT_LIES)


def _look(store: Store, at: datetime, problems: Sequence[Problem], *, only_known: bool) -> Seen:
    """Pages are visited as far as there is time; the last visit of each says what is wrong.

    `only_known` asks for what stands on the pages: the last visit that could read one says that.
    """
    left = visiting.visit_pages(store, at=at)
    kept = _kept(store, at, only_known=only_known)
    visits = _last_of_each(kept)
    seen = open_to_us = [visit for visit in visits if Problem.ROBOTS not in visit.problems]
    if only_known:
        # A page that doesn't come just now goes on showing what it was last read with.
        seen = _last_of_each(kept.read().filter(page__in=[visit.page_id for visit in open_to_us]))
    if not seen:
        raise CannotCheck(_why(visits, open_to_us, only_known))
    findings = [finding for visit in seen if (finding := _finding(visit, problems))]
    figures = {"pages": len(seen), "closed": len(visits) - len(open_to_us), "left": left}
    return Seen(findings=findings, figures=figures)


def _why(visits: Sequence[PageVisit], open_to_us: Sequence[PageVisit], only_known: bool) -> str:
    if open_to_us:
        return gettext("None of the pages could be read: see the check of the pages themselves.")
    if visits:
        return gettext("The site's robots.txt asks machines to stay away from all pages.")
    if only_known:
        return gettext("No page is known on which something is planned: add one with its listing.")
    return gettext("No page of the storefront is known: add the pages that buyers open.")


def _kept(store: Store, at: datetime, *, only_known: bool) -> PageVisitQuerySet:
    """What was seen lately of the pages that are to be looked at now."""
    pages = StorefrontPage.objects.filter(channel__store=store, channel__is_active=True)
    pages = pages.to_visit(store.business_date(at))
    if only_known:
        pages = pages.exclude(listing=None, says="", never_says="")
    return PageVisit.objects.filter(page__in=pages, at__gt=at - FRESH, at__lte=at)


def _last_of_each(visits: PageVisitQuerySet) -> list[PageVisit]:
    return list(visits.last_of_each().select_related("page"))


def _finding(visit: PageVisit, problems: Iterable[Problem]) -> Finding | None:
    wrong = [code for code in visit.problems if code in set(problems)]
    if not wrong:
        return None
    kind = ContentType.objects.get_for_model(StorefrontPage)
    return Finding(
        key=str(visit.page_id),
        subject_label=visit.page.url[:120],
        owner_role=Role.CATALOG_OPERATOR,
        subject_type_id=kind.pk,
        subject_id=visit.page_id,
        severity="critical" if _CRITICAL.intersection(wrong) else "warning",
        evidence={code: _seen(visit, code) for code in wrong}
        | {"visited_at": visit.at.isoformat()},
    )


def _seen(visit: PageVisit, code: str) -> str:
    """What was seen of a problem: texts, prices or addresses, the status, the time."""
    if code in visit.found:
        return "; ".join(visit.found[code])[:300]
    told = {
        Problem.STATUS: str(visit.status),
        Problem.SLOW: f"{visit.milliseconds / 1000:.1f} s",
        Problem.REDIRECTS: visit.found.get("address", ""),
    }
    return told.get(Problem(code), visit.found.get("error", ""))


def _pages(store: Store, at: datetime) -> Seen:
    return _look(store, at, OF_PAGES, only_known=False)


def _prices(store: Store, at: datetime) -> Seen:
    return _look(store, at, OF_PRICES, only_known=True)


def _texts(store: Store, at: datetime) -> Seen:
    return _look(store, at, OF_TEXTS, only_known=True)


_FIGURES = {
    "pages": _("pages visited"),
    "closed": _("pages that robots.txt closes"),
    "left": _("pages there was no time for"),
}
_MEND = _("Open the finding: it names the page, and what was found on it.")
CHECKS = (
    Check(
        code="INS-1.page_prices",
        title=_("Pages show the prices that hold"),
        looks_at=_("The prices on pages of listings against what their SKUs sell for there now."),
        steps=(_MEND, PRICE_LIES.runbook),
        owner_role=Role.CATALOG_OPERATOR,
        kinds=(PRICE_LIES,),
        look=_prices,
        numbers=visiting.SETTINGS,
        figures=_FIGURES,
    ),
    Check(
        code="INS-2.page_texts",
        title=_("Texts and pictures of the storefront are as planned"),
        looks_at=_(
            "Titles, planned and forbidden texts, and pictures of the pages as visitors get them."
        ),
        steps=(_MEND, TEXT_LIES.runbook),
        owner_role=Role.CATALOG_OPERATOR,
        kinds=(TEXT_LIES,),
        look=_texts,
        numbers=visiting.SETTINGS,
        figures=_FIGURES,
    ),
    Check(
        code="INS-4.pages",
        title=_("Pages of the storefront answer in time"),
        looks_at=_(
            "Each page as a visitor gets it: its answer, its time, redirects and dead links."
        ),
        steps=(_MEND, BROKEN.runbook),
        owner_role=Role.CATALOG_OPERATOR,
        kinds=(BROKEN,),
        look=_pages,
        numbers=visiting.SETTINGS,
        figures=_FIGURES,
    ),
)


def _visit(_slot: Slot, at: datetime) -> dict[str, Any]:
    left = {store.code: visiting.visit_pages(store, at=at) for store in Store.objects.active()}
    return {"left": {code: count for code, count in left.items() if count}}


ROUNDS = Job(
    "catalog.visit_pages",
    _("Pages of the storefront are visited"),
    _visit,
    every=timedelta(hours=1),
)

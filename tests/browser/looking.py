"""What is wrong with the page that is open: for those who can't see it, on a phone, in Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

WCAG_2_1_AA = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
    # It would fetch the style sheets anew for a rule about turned phones.
    "preload": False,
}
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"], "preload": False}
GRAVE = ("serious", "critical")
# The same on every page, and looked at on the desk's: elsewhere its entries, which are most of a
# page's elements, step aside. Axe would walk through those it leaves out, too.
WITHOUT_SIDEBAR = {"exclude": [["#nav-sidebar"]]}
STEP_ASIDE = """() => {
  const sidebar = document.querySelector("#nav-sidebar");
  window.aside = sidebar ? [...sidebar.childNodes] : [];
  sidebar?.replaceChildren();
}"""
STEP_BACK = """() => document.querySelector("#nav-sidebar")?.append(...window.aside)"""

# Half a megabyte: handed to the browser once, not to each page.
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
RUN_AXE = "([where, how]) => axe.run(where || document, how)"

# End of an address → rules left alone there.
SWAGGER = "/api/v1/docs/"
SWAGGERS_OWN_WIDGET = {SWAGGER: {"nested-interactive", "color-contrast"}}
A_CONTACT_CLOSES_BY_ITSELF = {"/reveal/": {"meta-refresh"}}
LEFT_ALONE = SWAGGERS_OWN_WIDGET | A_CONTACT_CLOSES_BY_ITSELF

# Left of a page in Chinese: names, codes, abbreviations that people say in English there.
_NAMES = (
    "OpsDesk opsdesk English en zh hans SKU GMV API REST SQL CSV XLSX HTTP ID MB KB QR Webhook "
    "Ctrl Shopify WooCommerce Olist UCI Online Retail CNY USD JPEG PNG WebP PDF SC HS JSON Excel "
    "shopify woocommerce Standard Webhooks EasyPost easypost kuaidi tracking GB CN DE "
    "query folder UV PV DSR"
)
SAID_IN_ENGLISH = set(_NAMES.split())
# What the tests' own rows are called, codes and columns as programs write them, clauses.
NOT_WORDS = re.compile(
    r"(Product|Warehouse|Channel|Supplier|Target|[Pp]erson|program|delivery|SKU|store)[ -]\d+"
    r"|(PO|Candidate|rule|[Ss]ource)[ -]\d+"
    r"|(Carrier|Prices|Freight|Frozen|[Bb]ox|Glass|Rule)[ -]\d+|Pacific Insurance|CMD-[A-Z]+"
    r"|\bMain\b"
    r"|木语生活 Muyu|[a-z_]+([.:][A-Za-z0-9_]+)+|\{[a-z]+\}|\b[A-Z]{3}-\d+"
    r"|[Hh]ttps://shop\.example/\d+|[Bb]u\*+\S+|\bRefund\b"
    r"|[A-Z][a-z]+/[A-Z][a-z]+|orders\.csv|generic|\b[0-9a-f]{32,}\b"
    r"|(列|JSON)：[a-z_、]+(，可选 [a-z_、]+)?|“orders”|[a-z_]+ 或 [a-z_]+ 列|[a-z_]+ 列"
    r"|[a-z]+_[a-z0-9_]+|\bquantity\b|InvoiceNo|StockCode|Quantity|InvoiceDate|UnitPrice"
)
WORD = re.compile(r"[A-Za-z]{2,}")

SPOKEN = """() => {
  const spoken = "h1,h2,h3,button,a.od-button,th,label,legend,dt,summary,nav a,.od-tabs a,"
    + ".od-pill,.od-notice,.od-empty,.od-dim,option,[role=alert]";
  const said = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder.closest(".material-symbols-outlined,script,style,.od-mono")) continue;
    if (holder.closest(spoken)) said.add(walker.currentNode.textContent.trim());
  }
  for (const name of ["aria-label", "title", "placeholder"])
    for (const element of document.querySelectorAll(`[${name}]`))
      said.add(element.getAttribute(name));
  return [...said];
}"""


def barriers(page: Page) -> list[str]:
    """Grave violations of WCAG 2.1 A and AA, and in the dark those of colours."""
    is_desk = page.url.endswith("/admin/")
    where = None if is_desk else WITHOUT_SIDEBAR
    if not is_desk:
        page.evaluate(STEP_ASIDE)
    found = _violations(page.evaluate(RUN_AXE, [where, WCAG_2_1_AA]), page)
    page.evaluate("document.documentElement.classList.add('dark')")
    in_the_dark = page.evaluate(RUN_AXE, [where, COLOURS])
    page.evaluate("document.documentElement.classList.remove('dark')")
    if not is_desk:
        page.evaluate(STEP_BACK)
    return found + [f"dark: {each}" for each in _violations(in_the_dark, page)]


def _violations(answer: dict, page: Page) -> list[str]:
    left_alone = {
        rule for end, rules in LEFT_ALONE.items() if page.url.endswith(end) for rule in rules
    }
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in answer["violations"]
        if violation["impact"] in GRAVE and violation["id"] not in left_alone
        for node in violation["nodes"]
    ]


def too_wide(page: Page, *sizes: dict[str, int]) -> list[str]:
    """At these sizes, or at both; the page is left at the last of them."""
    found = []
    for size in sizes or (PHONE, DESKTOP):
        page.set_viewport_size(size)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            found.append(f"{over} pixels wider than {size['width']}")
    return found


def english_words(page: Page) -> list[str]:
    """What a page in Chinese says in English."""
    if page.url.endswith(SWAGGER):
        return []
    return [
        text
        for text in page.evaluate(SPOKEN)
        if set(WORD.findall(NOT_WORDS.sub(" ", text))) - SAID_IN_ENGLISH
    ]

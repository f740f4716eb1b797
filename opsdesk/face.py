"""How the admin is dressed: names, colours, files. Imported by the settings."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def stylesheet(request: HttpRequest) -> str:
    return static("opsdesk/opsdesk.css")


def script(request: HttpRequest) -> str:
    return static("opsdesk/opsdesk.js")


def live_script(request: HttpRequest) -> str:
    return static("opsdesk/live.js")


def favicon(request: HttpRequest) -> str:
    return static("opsdesk/favicon.svg")


def choose_language(request: HttpRequest) -> str:
    return reverse("choose-language")


def second_step(request: HttpRequest) -> str:
    return reverse("admin:second-step-set-up")


def change_password(request: HttpRequest) -> str:
    return reverse("admin:password_change")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "OpsDesk",
    "SITE_HEADER": "OpsDesk",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_SYMBOL": "task_alt",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": favicon}],
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": choose_language},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": change_password},
            {"title": _("Two-step log-in"), "link": second_step},
        ]
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [stylesheet],
    "SCRIPTS": [script, live_script],
    "BORDER_RADIUS": "6px",
    "COMMAND": {"search_models": False, "show_history": False},
    # The groups come from opsdesk/navigation.py, where the chapters register theirs.
    "SIDEBAR": {"show_search": True, "command_search": True, "show_all_applications": False},
    "COLORS": {
        "primary": {
            "50": "oklch(97.7% .013 236.6)",
            "100": "oklch(95.1% .026 236.8)",
            "200": "oklch(90.1% .058 230.9)",
            "300": "oklch(82.8% .111 230.3)",
            "400": "oklch(74.6% .16 232.7)",
            "500": "oklch(62% .15 237.3)",
            "600": "oklch(53% .135 242)",
            "700": "oklch(46% .115 243)",
            "800": "oklch(41% .1 241)",
            "900": "oklch(36% .08 241)",
            "950": "oklch(27% .06 243)",
        },
    },
}

"""Who may look at alerts and act on them."""

from opsdesk.stores.roles import EVERYONE, grant


def register() -> None:
    grant(
        [
            "alerts.view_alert",
            "alerts.view_alertevent",
            "alerts.act_on_alert",
            "alerts.raise_alert",
        ],
        to=EVERYONE,
    )

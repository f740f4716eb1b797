"""Who may see and change stores, people and the procedure's numbers."""

from opsdesk.stores.roles import EVERYONE, Role, grant


def register() -> None:
    calendar = ["workcalendar", "workhours", "workexception"]
    grant(["stores.view_store", "stores.view_channel"], to=EVERYONE)
    grant([f"stores.view_{model}" for model in calendar], to=EVERYONE)
    grant(
        [
            f"stores.{verb}_{model}"
            for model in calendar
            for verb in ("add", "change", "delete")
            if (verb, model) != ("delete", "workcalendar")
        ],
        to=[Role.OPERATIONS_LEAD, Role.ADMINISTRATOR],
    )
    grant(
        ["stores.view_settingoverride"],
        to=[Role.OPERATIONS_LEAD, Role.FINANCE, Role.ANALYST, Role.ADMINISTRATOR],
    )
    grant(["stores.view_membership", "stores.view_user"], to=[Role.OPERATIONS_LEAD])
    grant(
        [
            "stores.change_store",
            "stores.add_channel",
            "stores.change_channel",
            "stores.view_user",
            "stores.add_user",
            "stores.change_user",
            "stores.view_membership",
            "stores.add_membership",
            "stores.change_membership",
            "stores.delete_membership",
            "stores.add_settingoverride",
        ],
        to=[Role.ADMINISTRATOR],
    )

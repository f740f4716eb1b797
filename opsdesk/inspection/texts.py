"""What subscribers are told of a signed sheet, by default."""

from django.utils.translation import gettext_lazy as _

from opsdesk.exchange.texts import TextKind, Variable, Wording

SIGNED = TextKind(
    code="inspection.sheet",
    title=_("An inspection sheet was signed"),
    variables={
        "person": Variable(_("who gets it"), "林晓"),
        "store": Variable(_("the store"), "木语生活"),
        "day": Variable(_("the business day"), "2026-03-02"),
        "signer": Variable(_("who signed"), "周航"),
        "passed": Variable(_("checks that passed"), "21"),
        "findings": Variable(_("checks with findings"), "3"),
        "unchecked": Variable(_("checks that could not look"), "1"),
        "problems": Variable(_("problems that people saw"), "0"),
        "open": Variable(_("open findings"), "12"),
    },
    defaults={
        "en": Wording(
            "{store}: inspection of {day} signed",
            "{signer} has signed the inspection of {day}.\n\n"
            "Checks passed: {passed}\nWith findings: {findings}\nNot checked: {unchecked}\n"
            "Problems that people saw: {problems}\nOpen findings: {open}\n\n"
            "You get this because you subscribed to it in OpsDesk.",
        ),
        "zh-hans": Wording(
            "{store}：{day} 巡检单已签字",
            "{signer} 已签署 {day} 的巡检单。\n\n"
            "通过：{passed}\n有发现：{findings}\n未检查：{unchecked}\n"
            "人工发现的问题：{problems}\n未关闭的发现：{open}\n\n"
            "您在 OpsDesk 中订阅了此类通知。",
        ),
    },
)

"""Words: those that sell (CAT-4), and those the law or a channel forbids (CAT-5)."""

from catalog import gates
from catalog.services import keywords, titles, word_watch
from opsdesk.alerts import checks
from opsdesk.schedule import jobs
from opsdesk.stores import procedure
from opsdesk.stores.roles import Role, grant


def register() -> None:
    gates.register(word_watch.keep_forbidden_words_out)
    procedure.register(word_watch.TOLERATED, titles.LIMIT)
    keywords.register_place(*keywords.OWN_PLACES)
    checks.register(word_watch.FORBIDDEN)
    jobs.register(word_watch.NIGHTLY)
    grant(
        ["catalog.view_wordlist", "catalog.view_forbiddenword", "catalog.view_keyword"],
        to=[
            Role.OPERATIONS_LEAD,
            Role.CATALOG_OPERATOR,
            Role.MARKETING_OPERATOR,
            Role.MARKETING_LEAD,
            Role.ANALYST,
            Role.ADMINISTRATOR,
        ],
    )
    grant(
        [
            f"catalog.{verb}_{model}"
            for verb in ("add", "change")
            for model in ("wordlist", "forbiddenword", "keyword")
        ],
        to=[Role.OPERATIONS_LEAD, Role.CATALOG_OPERATOR],
    )

from typing import Any

from opsdesk.commands import DONE, OpsCommand
from opsdesk.exchange.services import sealed


class Command(OpsCommand):
    help = "Seal every stored secret with the newest of FIELD_KEYS, so that older keys can go."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        return {"resealed": sealed.reseal_targets()}, DONE

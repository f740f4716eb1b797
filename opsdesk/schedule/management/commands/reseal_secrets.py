from typing import Any

from opsdesk import sealing
from opsdesk.commands import DONE, OpsCommand


class Command(OpsCommand):
    help = "Seal all that is sealed with the newest of FIELD_KEYS, so that older ones can go."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        return {"resealed": sealing.reseal_all()}, DONE

from typing import Any

from opsdesk.commands import DONE, OpsCommand
from opsdesk.schedule import jobs
from opsdesk.schedule.models import Slot


class Command(OpsCommand):
    help = "One pass over clocks, alerts, waiting orders and imports, as of now or --at."
    takes_moment = True

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        at = options["at"]
        answer = {
            job.code: job.run(Slot(job=job.code, slot_at=at), at)
            for job in jobs.all_jobs()
            if not job.is_per_store
        }
        return answer, DONE

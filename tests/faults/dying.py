"""The site in a process that dies, where it is told to, after its work and before its answer."""

import os
import signal
from typing import Any

from opsdesk.wsgi import application as site


def application(environ: dict[str, Any], start_response: Any) -> Any:
    answer = site(environ, start_response)
    if "HTTP_X_DIE" in environ:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

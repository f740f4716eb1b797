"""`make test`: pytest on a PostgreSQL and a Redis that live as long as the run."""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import servers


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same as Ctrl-C
    root = Path(tempfile.mkdtemp(prefix="opsdesk-test-"))
    root.chmod(0o755)  # run by root, the servers belong to another account
    started = []
    try:
        started = list(servers.start(root))
        servers.use(*started, slot=0)
        return run_pytest(sys.argv[1:])
    except KeyboardInterrupt:
        return 130
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(root)


def run_pytest(arguments: list[str]) -> int:
    """Pytest's own status. A Ctrl-C reaches it once, and it gets the time to clean up."""
    pytest = subprocess.Popen([sys.executable, "-m", "pytest", *arguments], start_new_session=True)
    try:
        return pytest.wait()
    except KeyboardInterrupt:
        pytest.send_signal(signal.SIGINT)
        return pytest.wait()


if __name__ == "__main__":
    sys.exit(main())

"""`make test`: pytest on a PostgreSQL and a Redis that live as long as the run."""

import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import servers


def main() -> int:
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    root = Path(tempfile.mkdtemp(prefix="opsdesk-test-"))
    root.chmod(0o755)  # run by root, the servers belong to another account
    started = []
    try:
        started = list(servers.start(root))
        servers.use(*started, slot=0)
        return subprocess.run([sys.executable, "-m", "pytest", *sys.argv[1:]]).returncode
    except KeyboardInterrupt:
        return 130
    finally:
        for server in started:
            server.stop()
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())

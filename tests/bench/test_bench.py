"""The bench program runs: small volumes, every bench, no word about how fast."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.report import Figure, table

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_bench_runs_and_tells_its_figures():
    environment = {name: value for name, value in os.environ.items() if name != "OPSDESK_ENV"}

    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=540,
    )

    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["crashed"] == []
    names = {figure["name"].split(",")[0] for figure in answer["figures"]}
    assert {"intake", "hot SKU", "sweep", "roll-up", "order list", "my desk", "REST"} <= names
    assert "forbidden words" in names
    assert "review of 10" in names
    assert "waves of 10" in names
    assert "stock import of 50" in names
    assert "webhook" in names
    assert "inspection" in names


def test_a_goal_holds_for_the_ratio_where_there_is_a_reference():
    faster = Figure("a", 30, "orders/s", goal=2, reference=10)
    slower = Figure("b", 30, "ms", goal=1.2, reference=20, at_least=False)
    alone = Figure("c", 0.8, "ms", goal=1, at_least=False)

    assert [figure.is_reached for figure in (faster, slower, alone)] == [True, False, True]
    assert "MISSED" in table([slower])

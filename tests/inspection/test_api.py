"""What checks found, read by programs (INS)."""

import pytest

from opsdesk.inspection.services.walking import ask_for_inspection, walk
from opsdesk.stores.roles import Role
from tests import factories
from tests.factories import MOMENT
from tests.inspection.looks import Looks
from tests.tokens.programs import program

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/inspections/"


@pytest.fixture
def store():
    return factories.StoreFactory()


@pytest.fixture
def walked(only, store):
    """Two checks: one saw three things, the gravest of them last, the other one."""
    grave, other = Looks(), Looks("INS-4.test")
    only(grave, other)
    grave.sees("a", "b")
    mild = grave.now()
    grave.sees("c", severity="critical")
    seen = [*mild.findings, *grave.now().findings]
    grave.now = lambda: type(mild)(findings=seen)
    run = ask_for_inspection(store=store, actor=None, at=MOMENT, waits_for_worker=False)
    walk(run.pk, at=MOMENT)
    return run


def test_the_findings_of_an_inspection_are_read_page_by_page_the_gravest_first(store, walked):
    """INS: each with its check, its alert and what it saw."""
    reader = program(store)

    first = reader.get(f"{ROOT}{walked.pk}/findings/?check_code=INS-3.test&page_size=2").json()
    rest = reader.get(first["next"]).json()

    rows = first["results"] + rest["results"]
    assert [row["subject_label"] for row in rows] == ["C", "A", "B"]
    assert rest["next"] is None
    assert rows[0] | {"id": "", "alert": ""} == {
        "id": "",
        "check_code": "INS-3.test",
        "alert": "",
        "kind": "test.kind",
        "title": "Something is wrong",
        "subject_label": "C",
        "severity": "critical",
        "owner_role": Role.WAREHOUSE,
        "is_new": True,
        "evidence": {},
    }


@pytest.mark.parametrize(
    ("query", "count"), [("severity=critical", 1), ("is_new=false", 0), ("check_code=INS-9.x", 0)]
)
def test_findings_are_narrowed(query, count, store, walked):
    answer = program(store).get(f"{ROOT}{walked.pk}/findings/?{query}")

    assert len(answer.json()["results"]) == count


@pytest.mark.parametrize("query", ["severity=grave", "is_new=1", "check_code="])
def test_a_filter_that_makes_no_sense_is_refused(query, store, walked):
    assert program(store).get(f"{ROOT}{walked.pk}/findings/?{query}").status_code == 400


def test_findings_of_another_store_s_inspection_are_not_there(walked):
    answer = program(factories.StoreFactory()).get(f"{ROOT}{walked.pk}/findings/")

    assert answer.status_code == 404


def test_a_page_of_findings_takes_a_fixed_number_of_queries(
    store, walked, django_assert_max_num_queries
):
    reader = program(store)
    reader.get(ROOT)

    with django_assert_max_num_queries(6):
        reader.get(f"{ROOT}{walked.pk}/findings/")

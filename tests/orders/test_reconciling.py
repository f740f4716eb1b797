"""Channels are compared with our orders: what was lost on the way is found and mended (ORD-1)."""

import json
import time
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from opsdesk.alerts.models import Alert
from opsdesk.errors import Conflict, DomainError, NotAllowed
from opsdesk.stores.models import Channel
from opsdesk.stores.roles import Role
from orders.models import ChannelDifference, ChannelReconciliation, Order
from orders.services import reconciling
from orders.services.reconciling import reconcile_channel, settle_difference
from orders.sources import listings, registry
from orders.sources.registry import Answer, ListedOrder, Source, State
from tests.concurrency import run_together
from tests.exchange.files import import_file
from tests.factories import MOMENT, MembershipFactory, OrderFactory, StoreFactory
from tests.orders.drafts import draft, place, stock

pytestmark = pytest.mark.django_db

LATER = MOMENT + timedelta(hours=1)
START = MOMENT - timedelta(days=2)


@pytest.fixture
def store():
    store = StoreFactory()
    stock(store, A=10_000)
    return store


@pytest.fixture
def channel(store):
    return store.channels.select_related("store").get()


@pytest.fixture
def reviewer(store):
    return MembershipFactory(store=store, role=Role.ORDER_REVIEWER).user


def listed(number, **told):
    return ListedOrder(
        number,
        **{
            "changed_at": MOMENT,
            "state": State.PAID,
            "paid": Decimal("10.00"),
            "refunded": Decimal(0),
        }
        | told,
    )


def saying(*orders, until=LATER):
    """A source that answers this, complete for all of the time."""
    answer = Answer(list(orders), START, until)
    return Source("test", "a listing", lambda channel: True, lambda *asked: answer)


def compare(channel, *orders, at=LATER, until=None, **options):
    return reconcile_channel(
        channel=channel,
        since=START,
        until=until or at,
        at=at,
        source=saying(*orders, until=until or at),
        **options,
    )


def found():
    return sorted(
        ChannelDifference.objects.open().values_list(
            "external_number", "kind", "field", "ours", "theirs"
        )
    )


def alert():
    return Alert.objects.filter(check_code="orders.channel_differs").first()


def test_a_lost_webhook_is_found_and_mended_by_an_import(store, channel, tmp_path):
    """ORD-1: lost 0. The alert opens with the order that is missing, and closes by itself."""
    place(store, draft("KEPT"))
    run = compare(channel, listed("KEPT"), listed("LOST"))

    assert (run.listed, run.agreeing, run.missing_here) == (2, 1, 1)
    assert found() == [("LOST", "missing_here", "", "", "paid")]
    assert alert().evidence == {"missing_here": 1}
    assert alert().severity == "critical"

    content = "order_number,placed_at,paid_at,sku_code,quantity,unit_price\n"
    content += "LOST,2026-03-02 10:00:00,2026-03-02 10:00:00,A,1,10.00\n"
    session = import_file(store, tmp_path / "lost.csv", content, as_of=LATER)
    again = compare(channel, listed("KEPT"), listed("LOST"), at=LATER + timedelta(minutes=5))

    assert (again.agreeing, again.found) == (2, 0)
    mended = ChannelDifference.objects.get()
    assert (mended.state, mended.note) == ("taken_in", f"import:{session.pk}")
    assert alert().state == "resolved"


def test_an_order_that_was_split_here_is_one_order_there(store, channel):
    """ORD-1: the channel knows one number, and what was paid for all of it."""
    place(store, draft("WHOLE", ("A", 2)))
    whole = Order.objects.get()
    OrderFactory(
        store=store,
        channel=channel,
        external_number="WHOLE-2",
        split_from=whole,
        placed_at=whole.placed_at,
        paid_amount=Decimal(5),
    )

    compare(channel, listed("WHOLE", paid=whole.paid_amount + 5))

    assert found() == []


def test_the_hourly_job_closes_what_came_in_without_asking_anybody(store, channel):
    compare(channel, listed("LOST"))
    place(store, draft("LOST"))

    figures = reconciling.reconcile_served(None, LATER)

    assert (figures["channels"], figures["mended"]) == (0, 1)
    assert ChannelDifference.objects.get().state == "taken_in"
    assert alert().state == "resolved"


def test_each_field_that_differs_is_a_row_of_its_own(store, channel):
    place(store, draft("T1"))

    run = compare(
        channel,
        listed("T1", state=State.SHIPPED, paid=Decimal("12.00"), refunded=Decimal("3.50")),
    )

    assert (run.different, run.agreeing) == (1, 0)
    assert found() == [
        ("T1", "different", "paid", "10.00", "12.00"),
        ("T1", "different", "refunded", "0.00", "3.50"),
        ("T1", "different", "state", "paid", "shipped"),
    ]


def test_what_the_channel_does_not_tell_is_not_compared(store, channel):
    place(store, draft("T1"))

    compare(channel, listed("T1", state=None, paid=None, refunded=None))

    assert found() == []


@pytest.mark.parametrize(
    ("fields", "theirs"),
    [
        ({"paid_at": None, "paid_amount": Decimal(0)}, State.UNPAID),
        ({}, State.PAID),
        ({"shipped_at": MOMENT}, State.SHIPPED),
        ({"shipped_at": MOMENT, "delivered_at": MOMENT}, State.FINISHED),
        ({"cancelled_at": MOMENT}, State.CLOSED),
        ({"shipped_at": MOMENT, "refunded_amount": Decimal(10)}, State.CLOSED),
        ({"lines": (), "is_amount_only": True}, State.SHIPPED),
    ],
)
def test_our_states_are_those_a_channel_says(store, channel, fields, theirs):
    place(store, draft("T1", **fields))

    compare(channel, listed("T1", state=theirs, paid=None, refunded=None))

    assert found() == []


def test_an_order_the_channel_does_not_list_is_missing_there(store, channel):
    place(store, draft("T1"), draft("OLD", placed_at=START - timedelta(days=1)))
    place(store, draft("GONE", cancelled_at=MOMENT))

    run = compare(channel)
    compare(channel, at=LATER + timedelta(minutes=1))
    assert run.missing_there == 1
    assert found() == [("T1", "missing_there", "", "paid", "")]

    compare(channel, listed("T1"), at=LATER + timedelta(minutes=2))
    assert ChannelDifference.objects.get().state == "agrees"


def test_a_listing_speaks_only_of_the_time_it_covers(store, channel):
    place(store, draft("T1"))

    compare(channel, until=MOMENT - timedelta(hours=1))

    assert found() == []


def test_what_is_on_its_way_is_no_difference_yet(store, channel):
    just_now = listed("NEW", changed_at=LATER - timedelta(minutes=9))

    young = compare(channel, just_now)
    assert (young.listed, found()) == (0, [])

    compare(channel, just_now, at=LATER + timedelta(minutes=1))
    assert found() == [("NEW", "missing_here", "", "", "paid")]


def test_a_repeat_tells_the_same_differences_anew(store, channel):
    first = compare(channel, listed("LOST"))
    second = compare(channel, listed("LOST", state=State.SHIPPED), at=LATER + timedelta(minutes=1))

    difference = ChannelDifference.objects.get()
    assert (difference.run, difference.opened_at) == (second, LATER)
    assert difference.theirs == "shipped"
    assert first.missing_here == second.missing_here == 1


def test_other_channels_and_stores_are_left_alone(store, channel):
    other = Channel.objects.create(store=store, code="other", name="Other", platform="own")
    place(store, draft("ELSEWHERE"), channel=other)
    ChannelDifference.objects.create(
        channel=other,
        run=ChannelReconciliation.objects.create(
            channel=other, source="x", since=START, until=LATER, at=LATER
        ),
        external_number="X",
        kind="missing_here",
        opened_at=MOMENT,
    )

    compare(channel)

    assert ChannelDifference.objects.open().get().external_number == "X"


def test_what_was_explained_is_told_again_only_when_it_changes(store, channel, reviewer):
    place(store, draft("T1"))
    compare(channel, listed("T1", paid=Decimal("12.00")))
    difference = ChannelDifference.objects.get()

    settle_difference(
        difference_id=difference.pk,
        state="explained",
        note="2.00 of the platform's own coupon",
        actor=reviewer,
        at=LATER,
    )
    assert alert().state == "resolved"
    compare(channel, listed("T1", paid=Decimal("12.00")), at=LATER + timedelta(minutes=1))
    assert found() == []

    compare(channel, listed("T1", paid=Decimal("13.00")), at=LATER + timedelta(minutes=2))
    assert found() == [("T1", "different", "paid", "10.00", "13.00")]
    difference.refresh_from_db()
    assert (difference.state, difference.settled_by) == ("explained", reviewer)


def test_settling_takes_the_right_a_reason_and_only_once(store, channel, reviewer):
    compare(channel, listed("LOST"))
    stranger = MembershipFactory(store=store, role=Role.WAREHOUSE).user
    settle = partial(settle_difference, difference_id=ChannelDifference.objects.get().pk, at=LATER)

    with pytest.raises(NotAllowed):
        settle(state="ignored", note="no", actor=stranger)
    with pytest.raises(NotAllowed):
        compare(channel, actor=stranger)
    with pytest.raises(DomainError):
        settle(state="ignored", note=" ", actor=reviewer)
    with pytest.raises(DomainError):
        settle(state="taken_in", note="by hand", actor=reviewer)
    settle(state="ignored", note="A test order", actor=reviewer)
    with pytest.raises(Conflict):
        settle(state="explained", note="No, it isn't", actor=reviewer)


def test_a_source_without_an_answer_leaves_its_problem_and_an_alert(channel):
    run = reconcile_channel(channel=channel, since=START, until=LATER, at=LATER)

    assert run.problem
    assert alert().evidence == {"problem": run.problem}

    compare(channel, at=LATER + timedelta(minutes=1))
    assert alert().state == "resolved"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_each_difference_once(store, channel):
    orders = [listed(f"L{number}") for number in range(50)]

    results = run_together([partial(compare, channel, *orders)] * 3)

    assert [run.missing_here for run in results] == [50, 50, 50]
    assert ChannelDifference.objects.count() == 50


def test_ten_thousand_orders_are_compared_in_a_few_statements(store, channel):
    drafts = [draft(f"S{number}", lines=(), is_amount_only=True) for number in range(10_000)]
    place(store, *drafts)
    answer = [listed(f"S{number}") for number in range(50, 10_050)]

    started = time.monotonic()
    with CaptureQueriesContext(connection) as queries:
        run = compare(channel, *answer)
    seconds = time.monotonic() - started

    assert (run.agreeing, run.missing_here, run.missing_there) == (9_950, 50, 50)
    assert len(queries) < 30
    assert seconds < 5


# The file-backed source

CSV = """订单编号,更新时间,订单状态,实付金额,退款金额
="6936476692437472563",2026-03-02 10:00:00,等待买家发货,10.00,
"""


@pytest.fixture
def folder(settings, tmp_path, store):
    settings.ORDER_LISTINGS = tmp_path / "listings"
    place_of_store = settings.ORDER_LISTINGS / store.code
    place_of_store.mkdir(parents=True)
    return place_of_store


def put_json(folder, channel, *orders, **more):
    path = folder / f"{channel.code}.json"
    path.write_text(json.dumps({"orders": list(orders), **more}))
    return path


def test_a_listing_in_the_folder_is_compared_every_hour(store, channel, folder):
    put_json(
        folder,
        channel,
        {"number": 6936476692437472563, "changed_at": "2026-03-02 10:00:00", "state": "已发货"},
        {"number": "1", "changed_at": "2026-03-02T02:30:00Z", "state": "paid", "paid": "0.00"},
    )

    figures = reconciling.reconcile_served(None, LATER)

    assert (figures["channels"], figures["found"]) == (1, 2)
    assert found()[1] == ("6936476692437472563", "missing_here", "", "", "shipped")


def test_a_listing_of_a_platforms_words_in_gbk(channel, tmp_path):
    path = tmp_path / "listing.csv"
    path.write_bytes(CSV.replace("等待买家发货", "买家已付款，等待卖家发货").encode("gbk"))

    answer = listings.read_listing(path, name=path.name, channel=channel)

    order = answer.orders[0]
    assert (order.number, order.state) == ("6936476692437472563", State.PAID)
    assert (order.paid, order.refunded) == (Decimal("10.00"), None)
    assert answer.since == answer.until == MOMENT


def test_of_a_number_told_twice_the_newest_counts(channel, folder):
    path = put_json(
        folder,
        channel,
        {"number": "1", "changed_at": "2026-03-02 11:00:00", "state": "shipped"},
        {"number": "1", "changed_at": "2026-03-02 10:00:00", "state": "paid"},
    )

    answer = listings.read_listing(path, name=path.name, channel=channel)

    assert [order.state for order in answer.orders] == [State.SHIPPED]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", CSV, "等待买家发货"),
        ("a.csv", "订单编号\n1\n", "changed_at"),
        ("a.json", '{"orders": [{"number": "1"}]}', "missing"),
        ("a.json", '{"orders": 5}', "list"),
        ("a.json", "{", "JSON"),
        ("a.json", '{"orders": []}', "no rows"),
    ],
)
def test_a_bad_listing_is_taken_whole_or_not_at_all(channel, tmp_path, name, content, said):
    path = tmp_path / name
    path.write_text(content)
    source = listings.uploaded(path, name=name)

    run = reconcile_channel(channel=channel, since=START, until=LATER, at=LATER, source=source)

    assert said in run.problem
    assert not ChannelDifference.objects.exists()


def test_nothing_outside_the_folder_is_read(channel, folder, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text("{}")
    (folder / f"{channel.code}.json").symlink_to(secret)
    assert registry.serving(channel) is None

    channel.code = "../../secret"
    assert registry.serving(channel) is None


def test_the_command_says_what_it_found_by_its_exit_code(store, channel, tmp_path):
    path = tmp_path / "listing.json"
    order = {"number": "LOST", "changed_at": "2026-03-02 10:00:00", "state": "paid"}
    path.write_text(json.dumps({"orders": [order]}))
    options = {"store": store.code, "channel": channel.code, "at": LATER, "json": True}

    def run(**more):
        out = StringIO()
        try:
            call_command("reconcile_orders", **options, **more, stdout=out)
        except SystemExit as ended:
            return ended.code, orjson.loads(out.getvalue())
        return 0, orjson.loads(out.getvalue())

    code, answer = run(file=path)
    assert (code, answer["missing_here"], answer["open"]) == (3, 1, 1)
    assert answer["differences"][0]["external_number"] == "LOST"
    place(store, draft("LOST"))
    assert run(file=path)[0] == 0
    assert run()[0] == 1  # no source serves the channel
    with pytest.raises(CommandError) as refused:
        call_command("reconcile_orders", **options | {"channel": "nowhere"})
    assert refused.value.returncode == 2


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:00+08:00"])
def test_a_command_takes_no_moment_without_beginning_or_end(since):
    where = ["--store", "any", "--channel", "any"]

    with pytest.raises(CommandError, match="1970-01-01 to 2999-12-31"):
        call_command("reconcile_orders", *where, f"--from={since}")


# The screens


@pytest.mark.parametrize("since", ["0001-01-01 00:00", "9999-12-31 23:59"])
def test_a_moment_that_cannot_be_read_again_is_told_at_the_form(channel, reviewer, client, since):
    """Stored once, it would keep everybody from the list of comparisons."""
    client.force_login(reviewer)
    upload = SimpleUploadedFile("listing.json", b"[]")
    form = {"channel": channel.pk, "since": since, "file": upload}

    answer = client.post(reverse("admin:orders_channelreconciliation_compare"), form)

    assert "since" in answer.context["form"].errors
    assert not ChannelReconciliation.objects.exists()


def test_a_listing_is_uploaded_and_its_difference_settled(store, channel, reviewer, client):
    client.force_login(reviewer)
    order = {"number": "LOST", "changed_at": "2026-03-02 10:00:00", "state": "paid"}
    upload = SimpleUploadedFile("listing.json", json.dumps([order]).encode())
    form = {"channel": channel.pk, "since": "2026-03-01 00:00", "file": upload}

    answer = client.post(reverse("admin:orders_channelreconciliation_compare"), form, follow=True)

    assert "listing.json" in answer.content.decode()
    difference = ChannelDifference.objects.get()
    assert ChannelReconciliation.objects.get().actor == reviewer
    listing = client.get(reverse("admin:orders_channeldifference_changelist"), {"tab": "open"})
    assert "LOST" in listing.content.decode()

    settle = reverse("admin:orders_channeldifference_settle", args=[difference.pk])
    client.post(settle, {"state": "ignored", "note": ""})
    assert ChannelDifference.objects.open().count() == 1
    client.post(settle, {"state": "ignored", "note": "A test order"})
    difference.refresh_from_db()
    assert (difference.state, difference.settled_by) == ("ignored", reviewer)
    assert not Order.objects.exists()

import pytest

from opsdesk import privacy


@pytest.mark.parametrize(
    ("name", "shown"), [("张三", "张*"), ("Anna Karenina", "A*"), ("李", "李*"), ("", "")]
)
def test_of_a_name_the_first_character_is_shown(name, shown):
    assert privacy.mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "+86****5678"),
        ("400-800-8820", "****20"),
        ("123456", "****56"),
        ("12345", "****"),
        ("", ""),
    ],
)
def test_of_a_phone_the_middle_is_hidden(phone, shown):
    assert privacy.mask_phone(phone) == shown


def test_of_an_address_only_the_region_is_shown():
    shown = privacy.mask_address("上海市 上海市 浦东新区", "世纪大道 100 号")

    assert shown == "上海市 上海市 浦东新区 ***"
    assert privacy.mask_address("", "") == ""


@pytest.mark.parametrize(
    ("identifier", "shown"), [("tb8812345", "tb***45"), ("bob", "b*"), ("", "")]
)
def test_of_a_buyers_id_the_ends_are_shown(identifier, shown):
    assert privacy.mask_identifier(identifier) == shown


def test_mobile_numbers_inside_free_text_are_hidden():
    text = "Call 13812345678, order 2601100000020021920"

    assert privacy.mask_mobiles(text) == "Call 138****5678, order 2601100000020021920"


@pytest.mark.parametrize(
    "written",
    [
        "+8613812345678",
        "+86 138 1234 5678",
        "8613812345678",
        "0086-138-1234-5678",
        "138-1234-5678",
        "138 12345678",
        "138–1234–5678",
        "１３８１２３４５６７８",
        "＋８６　１３８　１２３４　５６７８",
    ],
)
def test_a_mobile_number_is_hidden_however_it_is_written(written):
    shown = privacy.mask_mobiles(f"Call {written}.")

    assert shown.startswith("Call 138****")
    assert "1234" not in shown


@pytest.mark.parametrize("text", ["2601100000020021920", "2026-03-02 10:00", "（１２）", "86"])
def test_text_without_a_mobile_number_stays_as_it_is(text):
    assert privacy.mask_mobiles(text) == text


@pytest.mark.parametrize(
    "identity",
    [
        "3f2b1c44-0138-1234-8678-9abcdef01234",
        "3F2B1C44-0138-4123-8678-913812345678",
        "00000000-1381-2345-6780-000000000000",
        "c13812345678e0a94f0e8a1b2c3d4e5f",
        "a94f13812345678d3b07384d113edec49eaa6238",
    ],
)
def test_digits_within_a_uuid_or_a_digest_are_no_phone(identity):
    text = f"Task orders.tell[{identity}] succeeded"

    assert privacy.mask_mobiles(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a13812345678f", "a138****5678f"),
        ("id 3f2b1c44-13812345678", "id 3f2b1c44-138****5678"),
        ("3f2b1c44-0138-1234-8678-9abcdef01234 13812345678", None),
        ("13812345678-0138-1234-8678-9abcdef01234", "138****5678-0138-1234-8678-9abcdef01234"),
        ("[13812345678]abcdef0123456789abcdef", "[138****5678]abcdef0123456789abcdef"),
    ],
)
def test_beside_an_id_a_phone_is_hidden_all_the_same(text, shown):
    expected = shown or text.replace("13812345678", "138****5678")

    assert privacy.mask_mobiles(text) == expected


def test_of_an_error_the_first_line_is_kept_without_the_row_it_quotes():
    error = ValueError("13812345678 is no date\nDETAIL:  Failing row contains (李雷, 世纪大道).")

    assert privacy.error_summary(error) == "ValueError: 138****5678 is no date"

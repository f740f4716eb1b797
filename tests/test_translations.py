from pathlib import Path

from django.utils.translation import gettext, override

from tools import messages

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def write(path: Path, *entries: str) -> Path:
    path.write_text(HEADER + "\n\n".join(entries) + "\n")
    return path


def test_the_texts_of_the_admin_s_look_are_translated():
    with override("zh-hans"):
        assert gettext("Apply Filters") == "应用筛选"


def test_missing_and_guessed_translations_are_found(tmp_path):
    done = 'msgid "Order"\nmsgstr "订单"'
    missing = 'msgid "Parcel"\nmsgstr ""'
    guessed = '#, fuzzy\nmsgid "Refund"\nmsgstr "退货"'
    source = write(tmp_path / "django.po", done, missing, guessed)

    assert "Parcel" in messages.select(source, "untranslated")
    assert "Refund" in messages.select(source, "only-fuzzy")
    assert "Order" not in messages.select(source, "untranslated")


def test_complete_translations_leave_nothing_to_find(tmp_path):
    source = write(tmp_path / "django.po", 'msgid "Order"\nmsgstr "订单"')

    assert messages.select(source, "untranslated") == ""
    assert messages.select(source, "only-fuzzy") == ""


def test_a_compiled_file_is_judged_by_its_texts(tmp_path):
    source = write(tmp_path / "django.po", 'msgid "Order"\nmsgstr "订单"')
    messages.compile_messages(source, tmp_path / "django.mo")

    assert messages.texts(tmp_path / "django.mo") == {"Order": "订单"}

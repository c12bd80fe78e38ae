"""The settings: every value that fits is taken, every other is told with what would be right, all at once."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.log import Redacting
from bot.setting_readers import Secret
from bot.settings import SETTINGS, load_environment, read_settings

TOKEN = "123456789:" + "AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-abc"[:35]
ALL = ("TELEGRAM_BOT_TOKEN", "BASE_SAE_PATH")


def problems(environment: dict[str, str], needs: tuple[str, ...] = ()) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environment, needs=needs)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_without_any_setting_the_defaults_are_those_of_the_design() -> None:
    found = read_settings({})
    assert found.token is None
    assert found.base_path is None
    assert found.api_url == "https://api.telegram.org"
    assert found.admin_ids == frozenset()
    assert found.classifications_dir == found.output_dir == Path("outputs/feature_classification")
    assert found.database_path == Path("data/labels.sqlite3")
    assert found.modes == ("alignment", "formatting")
    assert (found.sample_size, found.sample_seed, found.max_file_mb) == (300, 42, 512)
    assert (found.min_look_seconds, found.session_items) == (0.3, 20)
    assert (found.report_step, found.repeats) == (20, 0)
    assert (found.export_cron, found.report_cron) == ("*/15 * * * *", "0 9 * * *")
    assert found.timezone == ZoneInfo("UTC")
    assert found.open_access is False
    assert (found.webhook_url, found.webhook_listen) == ("", ("127.0.0.1", 8443))
    assert not found.webhook_secret
    assert (found.log_level, found.log_format) == ("INFO", "text")


def test_values_are_read_whatever_white_space_surrounds_them(tmp_path: Path) -> None:
    base = tmp_path / "b.json"
    base.write_text("[]")
    found = read_settings(
        {
            "TELEGRAM_BOT_TOKEN": f"  {TOKEN}\n",
            "TELEGRAM_API_URL": " http://127.0.0.1:8081/ ",
            "ADMIN_IDS": " 1, 22 ,,333 ",
            "BASE_SAE_PATH": f" {base} ",
            "LABEL_MODES": " law , formatting ",
            "SAMPLE_SIZE": " 10 ",
            "EXPORT_CRON": " ",
            "REPORT_CRON": "0 9 * * 7",
            "TIMEZONE": "Europe/Berlin",
            "OPEN_ACCESS": "TRUE",
            "LOG_LEVEL": "debug",
            "MAX_FILE_MB": "",
            "UNKNOWN": "is nobody's business",
        },
        needs=ALL,
    )
    assert found.token is not None
    assert found.token.reveal() == TOKEN
    assert found.api_url == "http://127.0.0.1:8081"
    assert found.admin_ids == {1, 22, 333}
    assert found.base_path == base
    assert found.modes == ("law", "formatting")
    assert found.sample_size == 10
    assert (found.export_cron, found.report_cron) == ("", "0 9 * * 7")
    assert found.open_access is True
    assert found.log_level == "DEBUG"
    assert found.max_file_mb == 512


def test_all_problems_are_told_together_each_with_what_would_be_right() -> None:
    found = problems(
        {
            "TELEGRAM_BOT_TOKEN": "123:short",
            "TELEGRAM_API_URL": "ftp://x",
            "ADMIN_IDS": "12, @ada",
            "BASE_SAE_PATH": "/no/such/file.json",
            "LABEL_MODES": "a b",
            "SAMPLE_SIZE": "0",
            "SAMPLE_SEED": "-1",
            "MAX_FILE_MB": "lots",
            "MIN_LOOK_SECONDS": "60.1",
            "SESSION_ITEMS": "-1",
            "REPORT_STEP": "0",
            "REPEATS": "some",
            "EXPORT_CRON": "* * * *",
            "REPORT_CRON": "61 * * * *",
            "TIMEZONE": "Mars/Base",
            "OPEN_ACCESS": "perhaps",
            "WEBHOOK_URL": "nowhere",
            "WEBHOOK_LISTEN": "8443",
            "WEBHOOK_SECRET": "a b",
            "LOG_LEVEL": "LOUD",
            "LOG_FORMAT": "xml",
        },
        ALL,
    )
    expected = {
        "TELEGRAM_BOT_TOKEN": "is not a bot token: digits, a colon, then 35 letters, digits, _ or -",
        "TELEGRAM_API_URL": "is 'ftp://x': it must be an address such as https://api.telegram.org",
        "ADMIN_IDS": "has '@ada': it takes numeric Telegram user ids, comma-separated",
        "BASE_SAE_PATH": "is '/no/such/file.json': there is no such file or folder, because there is no folder /no",
        "LABEL_MODES": "has 'a b': a mode is one word of at most 24 letters, digits, _ or -",
        "SAMPLE_SIZE": "is '0': it must be a whole number from 1 to",
        "SAMPLE_SEED": "is '-1': it must be a whole number from 0 to",
        "MAX_FILE_MB": "is 'lots': it must be a whole number from 1 to",
        "MIN_LOOK_SECONDS": "is '60.1': it must be a number of seconds from 0 to 60, such as 0.3",
        "SESSION_ITEMS": "is '-1': it must be a whole number from 0 to",
        "REPORT_STEP": "is '0': it must be a whole number from 1 to",
        "REPEATS": "is 'some': it must be a whole number from 0 to",
        "EXPORT_CRON": "is '* * * *': it has not five fields. Five cron fields, such as */15 * * * *",
        "REPORT_CRON": "is '61 * * * *': ",
        "TIMEZONE": "is 'Mars/Base': it must be the name of a time zone such as UTC or Europe/Berlin",
        "OPEN_ACCESS": "is 'perhaps': it must be true or false",
        "WEBHOOK_URL": "is 'nowhere': it must be an address such as",
        "WEBHOOK_LISTEN": "is '8443': it must be an address and a port such as 127.0.0.1:8443",
        "WEBHOOK_SECRET": "may have 1 to 256 letters, digits, _ and - only",
        "LOG_LEVEL": "is 'LOUD': it must be one of DEBUG, INFO, WARNING, ERROR",
        "LOG_FORMAT": "is 'xml': it must be one of text, json",
    }
    assert [line.split()[0] for line in found] == list(expected)
    for line, (key, words) in zip(found, expected.items(), strict=True):
        assert line.startswith(f"{key} {words}")
        assert "\n" not in line


def test_what_a_command_needs_and_is_not_set_is_named_with_its_meaning() -> None:
    assert problems({"TELEGRAM_BOT_TOKEN": " "}, ALL) == (
        "TELEGRAM_BOT_TOKEN is not set: the bot's token, from BotFather.",
        "BASE_SAE_PATH is not set: the base file with the feature descriptions.",
    )


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        (",", "is empty"),
        ("a,A", "names a mode twice"),
        ("x" * 25, "at most 24"),
        ("../up", "has '../up'"),
        (",".join(f"m{n}" for n in range(21)), "names 21 modes: at most 20"),
    ],
)
def test_modes_that_cannot_work_are_refused(modes: str, words: str) -> None:
    (line,) = problems({"LABEL_MODES": modes})
    assert words in line


def test_a_path_that_cannot_be_looked_at_is_one_line_not_an_error() -> None:
    (line,) = problems({"BASE_SAE_PATH": "x" * 5000}, ("BASE_SAE_PATH",))
    assert "which cannot be read: File name too long." in line
    (line,) = problems({"OUTPUT_DIR": "~nobody-of-this-name/x"})
    assert line == "OUTPUT_DIR is '~nobody-of-this-name/x': there is no such user's home."
    assert "\0" not in repr(problems({"BASE_SAE_PATH": "a\0b"}, ("BASE_SAE_PATH",)))


@pytest.mark.parametrize(
    "token",
    [
        TOKEN[:-1],
        TOKEN + "a",
        TOKEN.replace(":", ""),
        "x" + TOKEN,
        TOKEN[:-1] + "!",
        TOKEN[:-1] + "é",
        "١٢٣" + TOKEN[9:],
    ],
)
def test_a_wrong_token_is_refused_and_not_shown(token: str) -> None:
    (line,) = problems({"TELEGRAM_BOT_TOKEN": token})
    assert line.startswith("TELEGRAM_BOT_TOKEN is not a bot token")
    assert token not in line


def test_secrets_are_in_no_repr() -> None:
    found = read_settings({"TELEGRAM_BOT_TOKEN": TOKEN, "WEBHOOK_SECRET": "hush-hush"})
    for text in (repr(found), str(found), f"{found.token}", repr(dataclasses.astuple(found))):
        assert TOKEN not in text
        assert "hush-hush" not in text
    assert found.secrets == (TOKEN, "hush-hush")
    assert repr(Secret("")) == "(empty)"


@pytest.mark.parametrize("text", ["0", "0.0", "1", "0.25", "60"])
def test_seconds_are_whole_or_decimal(text: str) -> None:
    assert read_settings({"MIN_LOOK_SECONDS": text}).min_look_seconds == float(text)


@pytest.mark.parametrize("text", ["nan", "inf", "1e1", "-0", "0,3", ".5", "1.", "٣"])
def test_what_is_no_plain_number_of_seconds_is_refused(text: str) -> None:
    (line,) = problems({"MIN_LOOK_SECONDS": text})
    assert "such as 0.3" in line


def test_the_log_tells_every_setting_by_its_field_without_secrets_and_ids() -> None:
    found = read_settings(
        {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": "https://me:open-sesame@api.example/",
            "WEBHOOK_URL": "https://me:x@hook.example/a",
            "WEBHOOK_SECRET": "hush-hush",
            "ADMIN_IDS": "700001,700002",
        }
    )
    told = found.for_log()
    assert list(told) == [field.name for field in dataclasses.fields(found)]
    assert (told["api_url"], told["webhook_url"]) == (
        "https://(hidden)@api.example",
        "https://(hidden)@hook.example/a",
    )
    assert (told["admin_ids"], told["modes"], told["sample_size"]) == (2, "alignment,formatting", 300)
    assert (told["token"], told["webhook_listen"]) == ("(hidden)", "127.0.0.1:8443")
    assert not any(hidden in str(told) for hidden in (TOKEN, "hush-hush", "open-sesame", "700001"))
    cleaned = Redacting("text", found.secrets).clean(
        "https://me:open-sesame@api.example https://me:x@hook.example"
    )
    assert cleaned == "https://me(hidden)api.example https://me(hidden)hook.example"


@pytest.mark.parametrize(
    "address", ["https://me:open-sesame@", "ftp://me:open-sesame@x", "http://me:pa/sesame@x"]
)
def test_a_password_in_a_wrong_address_is_not_shown(address: str) -> None:
    (line,) = problems({"TELEGRAM_API_URL": address})
    assert "sesame" not in line


@example({"OUTPUT_DIR": "~x"})
@given(
    st.dictionaries(
        st.sampled_from([setting.key for setting in SETTINGS]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    )
)
def test_any_values_give_settings_or_one_line_for_each_wrong_key(environment: dict[str, str]) -> None:
    try:
        read_settings(environment, needs=ALL)
    except SettingsError as error:
        keys = [re.split(r"\W", line)[0] for line in error.problems]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= {setting.key for setting in SETTINGS}
        assert all("\n" not in line for line in error.problems)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f'# a comment\nTELEGRAM_BOT_TOKEN={TOKEN}\nSAMPLE_SIZE=5\nLABEL_MODES="law, art"\n'
        "EXPORT_CRON=\nDATABASE_PATH=$HOME/x\n"
    )
    found = load_environment({"SAMPLE_SIZE": "7", "EXPORT_CRON": "0 1 * * *"}, tmp_path)
    settings = read_settings(found)
    assert settings.sample_size == 7
    assert settings.modes == ("law", "art")
    assert settings.export_cron == "0 1 * * *"
    assert settings.database_path == Path("$HOME/x")
    assert settings.token is not None
    assert load_environment({"A": "b"}, tmp_path / "nowhere") == {"A": "b"}


def test_an_env_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env cannot be read: it is not UTF-8 text\.$"):
        load_environment({}, tmp_path)

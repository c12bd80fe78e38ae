"""The commands on the machine: what they print, how they end, and that they never show a token or a traceback."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import commands
from bot.cli.main import main, settings_for
from tests.support import notebook
from tests.support.real_shapes import write_base_file, write_classification

TOKEN = "123456789:" + "AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab"
ROOT = Path(__file__).parents[3]
NOBODY_THERE = "http://127.0.0.1:9"
USER = "700001"
LABELS = {row: "related" if row % 3 else "not-related" for row in range(12)}


class Machine:
    """A folder with a base file, in which commands are run as a user would."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = monkeypatch
        self.base = write_base_file(folder, count=200)
        self.stem = self.base.stem
        monkeypatch.chdir(folder)
        for key in list(os.environ):
            if key.isupper() and key in KEYS:
                monkeypatch.delenv(key)
        self.set(
            TELEGRAM_BOT_TOKEN=TOKEN,
            TELEGRAM_API_URL=NOBODY_THERE,
            BASE_SAE_PATH=self.base.name,
            CLASSIFICATIONS_DIR="models",
            OUTPUT_DIR="outputs",
            DATABASE_PATH="data/labels.sqlite3",
            SAMPLE_SIZE="12",
        )

    def set(self, **settings: str) -> None:
        for key, value in settings.items():
            self.patch.setenv(key, value)

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, list(arguments))
        for text in (result.stdout, result.stderr):
            assert TOKEN not in text
            assert "Traceback" not in text
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    def lines(self, *arguments: str) -> list[str]:
        """Of a command that does what it should."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stderr) == (0, "")
        return result.stdout.splitlines()

    def problem(self, *arguments: str) -> str:
        """The one line of a command that cannot do it."""
        result = self.run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        (line,) = result.stderr.splitlines()
        return line

    def labels_of_the_notebook(self, labels: dict[int, str] | None = None) -> Path:
        path = self.folder / "notebook.json"
        path.write_bytes(notebook.labels_file(notebook.sample_of(self.base, 12), labels or LABELS))
        return path

    def import_labels(
        self, labels: dict[int, str] | None = None, user: str = USER, mode: str = "alignment"
    ) -> list[str]:
        path = self.labels_of_the_notebook(labels)
        return self.lines("import", str(path), "--mode", mode, "--labeler", user)

    def written(self, mode: str = "alignment", who: str = "") -> Path:
        folder = self.folder / "outputs" / "human_labels"
        folder = folder / "by_labeler" / who if who else folder
        return folder / f"{self.stem}_human_labels_{mode}.json"


KEYS = {
    "STEM_ALIASES",
    "FEATURE_URL",
    "LABEL_MODE",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_API_URL",
    "ADMIN_IDS",
    "BASE_SAE_PATH",
    "LABEL_MODES",
    "DATABASE_PATH",
}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    yield Machine(tmp_path, monkeypatch)


# -- usage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["import"],
        ["import", "x.json"],
        ["import", "x.json", "--mode", "alignment", "--labeler", "ada"],
        ["import", "x.json", "--mode", "alignment", "--labeler", "0"],
        ["metrics"],
        ["export", "--what"],
        ["demo", "--port", "70000"],
        ["backup"],
    ],
)
def test_wrong_usage_ends_with_2(machine: Machine, arguments: list[str]) -> None:
    result = machine.run(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr
    assert result.stdout == ""


def test_the_installed_command_ends_with_2_without_a_command_and_shows_its_help() -> None:
    command = [sys.executable, "-m", "bot"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Missing command" in ended.stderr
    helped = CliRunner().invoke(main, ["--help"])
    assert helped.exit_code == 0
    for name in ("run", "demo", "check", "export", "metrics", "import", "backup", "restore", "status"):
        assert f"  {name} " in helped.stdout


# -- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["check", "run"])
def test_all_wrong_settings_are_told_at_once_in_one_line_each(machine: Machine, command: str) -> None:
    machine.set(
        TELEGRAM_BOT_TOKEN="123:too-short",
        ADMIN_IDS=f"ada,{TOKEN}",
        BASE_SAE_PATH="nowhere.json",
        SAMPLE_SIZE="many",
        EXPORT_CRON="whenever",
        TIMEZONE="Atlantis",
    )
    result = machine.run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    told = result.stderr.splitlines()
    assert [line.split()[0] for line in told] == [
        *("TELEGRAM_BOT_TOKEN", "ADMIN_IDS", "BASE_SAE_PATH"),
        *("SAMPLE_SIZE", "EXPORT_CRON", "TIMEZONE"),
    ]
    assert "too-short" not in result.stderr


def test_a_token_in_the_wrong_place_is_not_shown(machine: Machine) -> None:
    machine.set(ADMIN_IDS=TOKEN)
    assert machine.problem("check").startswith("ADMIN_IDS has '(hidden)': it takes numeric")


def test_missing_settings_are_named(machine: Machine) -> None:
    machine.set(TELEGRAM_BOT_TOKEN="", BASE_SAE_PATH="")
    assert machine.run("run").stderr.splitlines() == [
        "TELEGRAM_BOT_TOKEN is not set: the bot's token, from BotFather.",
        "BASE_SAE_PATH is not set: the base file with the feature descriptions.",
    ]
    assert (
        machine.problem("export") == "BASE_SAE_PATH is not set: the base file with the feature descriptions."
    )


def test_the_env_file_of_the_folder_is_read_and_the_environment_wins(machine: Machine) -> None:
    machine.patch.delenv("TELEGRAM_BOT_TOKEN")
    machine.patch.delenv("SAMPLE_SIZE")
    env = machine.folder / ".env"
    env.write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nSAMPLE_SIZE=7\nBASE_SAE_PATH=not-this-one.json\n")
    env.chmod(0o600)
    told = machine.lines("check")
    assert any(line.startswith("right: BASE_SAE_PATH has 200 features, 7 are drawn") for line in told)
    env.chmod(0o644)
    assert "doubtful: .env can be read by other users: chmod 600 .env" in machine.lines("check")


# -- check ----------------------------------------------------------------------------------------------------


def test_check_says_what_is_right_and_doubtful_and_ends_with_0(machine: Machine) -> None:
    machine.set(OPEN_ACCESS="true")
    assert machine.lines("check") == [
        "right: TELEGRAM_BOT_TOKEN has the form of a token",
        "doubtful: Telegram was not asked who the bot is: no connection (ClientConnectorError)",
        "doubtful: ADMIN_IDS is empty: 'labelbot run' prints a link that makes its opener the admin",
        "right: BASE_SAE_PATH has 200 features, 12 are drawn; descriptions from description, indexes from index",
        "right: DATABASE_PATH data/labels.sqlite3 will be made at the first start",
        f"doubtful: CLASSIFICATIONS_DIR models has no {machine.stem}_alignment_classified_<model>.json",
        f"doubtful: CLASSIFICATIONS_DIR models has no {machine.stem}_formatting_classified_<model>.json",
        "right: OUTPUT_DIR outputs can be written",
        "doubtful: OPEN_ACCESS is true: anybody who finds the bot may label",
        "next: 'labelbot run' starts the bot",
    ]


def test_check_doubts_more_repeats_than_a_sample_has_room_for(machine: Machine) -> None:
    machine.set(REPEATS="3")
    doubt = "doubtful: REPEATS is 3, but at most 0 come: one for each item beyond the first 100"
    assert doubt in machine.lines("check")
    machine.set(SAMPLE_SIZE="103")
    assert not [line for line in machine.lines("check") if "REPEATS" in line]


def test_check_ends_with_1_for_a_base_file_that_cannot_be_read(machine: Machine) -> None:
    machine.base.write_text('[{"index": "1", "description": "a"}, {"ind')
    result = machine.run("check")
    assert result.exit_code == 1
    (wrong,) = result.stderr.splitlines()
    assert wrong.startswith("wrong: BASE_SAE_PATH: ")
    assert machine.base.name in wrong
    assert "right: TELEGRAM_BOT_TOKEN has the form of a token" in result.stdout


def test_check_finds_a_frozen_sample_that_does_not_fit_and_a_damaged_database(machine: Machine) -> None:
    machine.import_labels()
    assert "right: DATABASE_PATH data/labels.sqlite3 is whole, 12 answers" in machine.lines("check")
    machine.set(SAMPLE_SEED="7")
    result = machine.run("check")
    assert result.exit_code == 1
    assert "wrong: DATABASE_PATH: SAMPLE_SEED is 7, but the sample of" in result.stderr
    machine.set(SAMPLE_SEED="42", SAMPLE_SIZE="5")
    assert "a sample only grows. Set SAMPLE_SIZE=12 or more" in machine.run("check").stderr
    (machine.folder / "data" / "labels.sqlite3").write_bytes(
        b"no database at all, but long enough to be read"
    )
    result = machine.run("check")
    assert result.exit_code == 1
    assert result.stderr.startswith("wrong: DATABASE_PATH: data/labels.sqlite3 ")


def test_check_names_an_unusable_guide_and_what_cannot_be_written(machine: Machine) -> None:
    (machine.folder / "guides").mkdir()
    (machine.folder / "guides" / "alignment.md").write_text(" ")
    (machine.folder / "outputs").write_text("a file")
    result = machine.run("check")
    assert result.exit_code == 1
    assert result.stderr == (
        "wrong: guides/alignment.md is empty: write what counts as related, or delete it.\n"
    )
    assert "doubtful: outputs cannot be written: " in result.stdout


def test_run_ends_with_1_and_one_line_for_a_base_file_that_cannot_be_read(machine: Machine) -> None:
    machine.base.write_text("[]")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"], capture_output=True, text=True, env=environment, timeout=60
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert machine.base.name in ended.stderr.splitlines()[-1]
    assert TOKEN not in ended.stderr + ended.stdout


# -- labels in and out ----------------------------------------------------------------------------------------


def test_export_before_anything_is_labeled_says_what_to_do(machine: Machine) -> None:
    assert machine.problem("export") == (
        "data/labels.sqlite3 does not exist. Nothing is labeled yet: start the bot with 'labelbot run', or take"
        " labels over with 'labelbot import'."
    )
    assert not (machine.folder / "data").exists()
    machine.import_labels()
    assert machine.lines("export", "--mode", "formatting") == [
        "Nothing is labeled yet in formatting: no file was written."
    ]


def test_import_and_export_give_the_notebooks_file_back_byte_for_byte(machine: Machine) -> None:
    path = machine.labels_of_the_notebook()
    assert machine.import_labels() == ["12 labels taken over for labeler-01 in alignment."]
    assert machine.lines("export") == [
        f"outputs/human_labels/{machine.stem}_human_labels_alignment.json",
        f"outputs/human_labels/by_labeler/labeler-01/{machine.stem}_human_labels_alignment.json",
        f"outputs/human_labels/{machine.stem}_alignment_classified_humans.json",
        f"outputs/human_labels/{machine.stem}_human_labels_alignment_answers.csv",
    ]
    assert machine.written().read_bytes() == path.read_bytes()
    assert machine.written(who="labeler-01").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("place", ["outputs", "outputs/human_labels"])
def test_an_export_into_a_file_in_place_of_a_folder_is_one_line(machine: Machine, place: str) -> None:
    machine.import_labels()
    (machine.folder / place).parent.mkdir(exist_ok=True)
    (machine.folder / place).touch()
    told = f"{place} cannot be written: it is a file, not a folder. Check OUTPUT_DIR."
    assert machine.problem("export") == told
    assert f"doubtful: {told}" in machine.lines("check")


def test_an_export_deletes_files_of_the_forgotten_also_where_a_name_has_brackets(machine: Machine) -> None:
    machine.base = machine.base.rename(machine.folder / "sae[1].json")
    machine.set(BASE_SAE_PATH="sae[1].json")
    machine.import_labels()
    labels = "sae[1]_human_labels_alignment.json"
    forgotten = machine.folder / "outputs" / "human_labels" / "by_labeler" / "labeler-07" / labels
    forgotten.parent.mkdir(parents=True)
    forgotten.touch()
    assert f"outputs/human_labels/by_labeler/labeler-01/{labels}" in machine.lines("export")
    assert not forgotten.exists()


def test_importing_again_changes_only_what_differs(machine: Machine) -> None:
    machine.import_labels()
    assert machine.import_labels() == [
        "0 labels taken over for labeler-01 in alignment, 12 were there already."
    ]
    other = {**LABELS, 0: "related", 1: "not-related"}
    assert machine.import_labels(other) == [
        "2 labels taken over for labeler-01 in alignment, 2 of them in place of another answer, 10 were there already."
    ]
    assert machine.import_labels() == [
        "2 labels taken over for labeler-01 in alignment, 2 of them in place of another answer, 10 were there already."
    ]
    machine.lines("export")
    assert machine.written().read_bytes() == machine.labels_of_the_notebook().read_bytes()


def test_a_second_labeler_makes_a_consensus(machine: Machine) -> None:
    machine.import_labels()
    told = machine.import_labels({**LABELS, 0: "related"}, user="700002", mode="ALIGNMENT")
    assert told == ["12 labels taken over for labeler-02 in alignment."]
    machine.lines("export")
    assert [record["_row_id"] for record in json.loads(machine.written().read_bytes())] == list(range(1, 12))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"_row_id": 12}, "_row_id 12 is not in the sample, which has the rows 0 to 11"),
        ({"feature_index": 5}, "row 3 has another feature_index than the sample (5, the sample has"),
        ({"description": "another text"}, "row 3 has another description than the sample"),
        ({"label": "maybe"}, "the label 'maybe' is neither related nor not-related"),
        ({"_row_id": None}, "has no _row_id that is a whole number"),
    ],
)
def test_an_import_with_one_wrong_item_is_refused_whole(
    machine: Machine, change: dict[str, object], said: str
) -> None:
    path = machine.labels_of_the_notebook()
    records = json.loads(path.read_bytes())
    records[3] |= change
    path.write_text(json.dumps(records))
    line = machine.problem("import", str(path), "--mode", "alignment", "--labeler", USER)
    assert said in line
    assert line.endswith("nothing was imported")
    assert machine.lines("export") == [
        "Nothing is labeled yet in alignment, formatting: no file was written."
    ]


def test_an_import_of_nan_takes_it_for_missing(machine: Machine) -> None:
    path = machine.labels_of_the_notebook()
    records = json.loads(path.read_bytes())
    records[2]["label"] = records[2]["feature_id"] = float("nan")
    path.write_text(json.dumps(records))
    assert "NaN" in path.read_text()
    told = machine.lines("import", str(path), "--mode", "alignment", "--labeler", USER)
    assert told == ["11 labels taken over for labeler-01 in alignment."]


def test_an_import_into_an_unknown_mode_or_of_a_missing_file_is_one_line(machine: Machine) -> None:
    path = str(machine.labels_of_the_notebook())
    assert machine.problem("import", path, "--mode", "law", "--labeler", USER) == (
        "'law' is no mode: LABEL_MODES has alignment, formatting."
    )
    assert "nowhere.json" in machine.problem(
        "import", "nowhere.json", "--mode", "alignment", "--labeler", USER
    )


# -- metrics --------------------------------------------------------------------------------------------------


def classified(machine: Machine, model: str, **counts: int) -> Path:
    sample = notebook.sample_of(machine.base, 12)
    human = {int(sample["feature_index"][row]): label for row, label in LABELS.items()}
    path = machine.folder / "models" / f"{machine.stem}_alignment_classified_{model}.json"
    return write_classification(path, machine.base, human, **counts)


def test_metrics_prints_and_writes_what_the_chat_posts(machine: Machine) -> None:
    machine.import_labels()
    model = classified(machine, "deepseek", tp=7, tn=3, fp=1, fn=1)
    told = "\n".join(machine.lines("metrics", "DEEP"))
    assert told.startswith("Agrees on 10 of 12 items (83 %).\n")
    assert "accuracy 0.833 [" in told
    assert "<b>" not in told
    stem = machine.folder / "outputs" / "metrics" / f"{machine.written().stem}_vs_{model.stem}"
    record = json.loads(Path(f"{stem}_metrics.json").read_bytes())
    expected, merged = notebook.metrics_of(machine.written(), model, record["timestamp"])
    written = {key: record[key] for key in expected}
    assert written == {
        **expected,
        "human_labels": str(machine.written().relative_to(machine.folder)),
        "model_classifications": str(model.relative_to(machine.folder)),
    }
    assert Path(f"{stem}_merged.csv").read_bytes() == merged
    fingerprint = record["fingerprint"]
    assert fingerprint in told
    again = machine.lines("metrics", "deepseek", "--fingerprint", fingerprint)
    assert again[-1] == f"Fingerprint {fingerprint}: the posted report is reproduced exactly."
    machine.import_labels({**LABELS, 0: "related"})
    changed = machine.lines("metrics", "deepseek", "--fingerprint", fingerprint)
    assert changed[-1] == (
        f"Fingerprint {fingerprint}: cannot be reproduced from what is here now; changed: the labels."
    )
    assert "not a fingerprint" in machine.problem("metrics", "deepseek", "--fingerprint", "x")


def test_metrics_says_what_there_is_when_it_is_not_clear_which(machine: Machine) -> None:
    machine.import_labels()
    assert "No model's file is there yet." in machine.problem("metrics", "deepseek")
    classified(machine, "deepseek-v3", tp=8, tn=4, fp=0, fn=0)
    classified(machine, "deepseek-r1", tp=8, tn=4, fp=0, fn=0)
    there = "There are: deepseek-r1 (alignment), deepseek-v3 (alignment)"
    assert machine.problem("metrics", "deep") == f"'deep': That fits several. {there}."
    assert machine.problem("metrics", "../../etc/passwd") == (
        f"'../../etc/passwd': No model has that in its name. {there}."
    )
    assert "That model has no file for formatting." in machine.problem(
        "metrics", "v3", "--mode", "formatting"
    )
    assert machine.problem("metrics", "v3", "--mode", "law") == (
        "'law' is no mode: LABEL_MODES has alignment, formatting."
    )


def test_metrics_that_cannot_be_written_is_one_line(machine: Machine) -> None:
    machine.import_labels()
    classified(machine, "deepseek", tp=8, tn=4, fp=0, fn=0)
    (machine.folder / "outputs").write_text("a file")
    assert "outputs" in machine.problem("metrics", "deepseek")


@pytest.mark.parametrize("command", [("export",), ("metrics", "deepseek")])
def test_nothing_is_written_for_another_sample_than_the_one_that_was_labeled(
    machine: Machine, command: tuple[str, ...]
) -> None:
    machine.import_labels()
    classified(machine, "deepseek", tp=8, tn=4, fp=0, fn=0)
    machine.set(SAMPLE_SEED="7")
    assert "SAMPLE_SEED is 7" in machine.problem(*command)
    machine.set(SAMPLE_SEED="42", SAMPLE_SIZE="5")
    assert "a sample only grows" in machine.problem(*command)
    machine.set(SAMPLE_SIZE="12")
    whole = machine.base.read_bytes()
    records = json.loads(whole)
    machine.base.write_text(json.dumps(records[::-1]))
    assert "has changed" in machine.problem(*command)
    assert not (machine.folder / "outputs").exists()
    machine.base.write_bytes(whole)
    machine.lines(*command)


# -- status, backup, restore ----------------------------------------------------------------------------------


def test_status_says_what_there_is_and_what_comes_next(machine: Machine) -> None:
    assert machine.lines("status")[:2] == [
        "bot: not running",
        "database: data/labels.sqlite3 does not exist yet",
    ]
    machine.import_labels()
    machine.set(REPORT_CRON="", EXPORT_CRON="0 3 * * 1-5", TIMEZONE="Europe/Berlin")
    told = machine.lines("status")
    assert told[0] == "bot: not running"
    assert re.fullmatch(r"last label: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ s ago\)", told[1])
    assert re.fullmatch(r"database: data/labels\.sqlite3, 0\.\d MB, 1 labeler", told[2])
    assert told[3].startswith("next export: 20")
    assert "T03:00:00+0" in told[3]
    assert told[4] == "next report: switched off"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59, "59 s ago"), (3600, "1 h 00 min ago"), (86_400, "1 day ago"), (3 * 86_400, "3 days ago")],
)
def test_status_says_how_long_ago_in_words(machine: Machine, seconds: int, said: str) -> None:
    machine.import_labels()
    (row,) = sqlite3.connect("data/labels.sqlite3").execute("SELECT max(answered_at) FROM answers")
    told = asyncio.run(commands.status(settings_for(), row[0] + seconds))
    assert told[1].endswith(f"({said})")


def test_names_with_line_breaks_and_terminal_codes_cannot_make_lines_of_their_own(machine: Machine) -> None:
    machine.import_labels()
    machine.set(DATABASE_PATH="data\nright: all is well\x1b[2K/x.sqlite3")
    assert machine.problem("export").startswith("data\\nright: all is well\\x1b[2K/x.sqlite3 does not exist")
    for command in (["status"], ["check"]):
        told = machine.run(*command)
        assert "\x1b" not in told.stdout + told.stderr
        assert "right: all is well" not in {line[:18] for line in (told.stdout + told.stderr).splitlines()}


def test_a_backup_is_brought_back(machine: Machine) -> None:
    machine.import_labels()
    assert machine.lines("backup", "copy.backup") == ["copy.backup: a whole copy with 12 answers."]
    machine.import_labels({**LABELS, 0: "related"})
    assert "add --replace" in machine.problem("restore", "copy.backup")
    assert machine.lines("restore", "copy.backup", "--replace") == [
        "data/labels.sqlite3: restored with 12 answers.",
        "data/labels.sqlite3.replaced: what was there before.",
    ]
    machine.lines("export")
    assert machine.written().read_bytes() == machine.labels_of_the_notebook().read_bytes()
    assert "nothing-here" in machine.problem("restore", "nothing-here", "--replace")

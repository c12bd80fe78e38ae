"""The data that ship with the demo: of the real shape, joinable, varied, with something to say at once."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from bot.cli import demo
from bot.settings import SETTINGS
from tests.support import demo_data
from tests.support.demo_data import DATA, SAMPLE_SIZE

MODELS = ("deepseek-v3-0324", "gemini-2.0-flash", "llama-3.1-8b")
MODES = ("alignment", "formatting")
BASE_KEYS = ["modelId", "layer", "index", "description", "explanationModelName", "typeName"]
LABELS = {"related", "not-related"}
FAILED = {"api-error", "unexpected-response"}
PEOPLE = ("labeler-03", "labeler-04")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def base() -> list[dict[str, str]]:
    return read(DATA / "demo-sae.json")


@pytest.fixture(scope="module")
def sample(base: list[dict[str, str]]) -> pd.DataFrame:
    return pd.DataFrame(base).sample(n=SAMPLE_SIZE, random_state=42).reset_index(drop=True)


def classifications(mode: str, model: str) -> dict[int, str]:
    records = read(DATA / "classifications" / f"demo-sae_{mode}_classified_{model}.json")
    found = {}
    for record in records:
        assert list(record) == ["feature_id", "label"]
        digits = re.search(r"-(\d+)$", record["feature_id"])
        assert digits is not None, record
        found[int(digits[1])] = record["label"]
    assert len(found) == len(records), "a feature is there twice"
    return found


def answers(person: str, mode: str) -> list[dict[str, Any]]:
    return read(DATA / "human_labels" / person / f"demo-sae_human_labels_{mode}.json")


def test_the_demo_runs_with_the_sample_that_its_labels_are_made_for():
    (seed,) = (setting.default for setting in SETTINGS if setting.key == "SAMPLE_SEED")
    assert (demo.SIZE, int(seed)) == (SAMPLE_SIZE, demo_data.SAMPLE_SEED)
    assert set(demo.OFF_STAGE.values()) == set(PEOPLE)


def test_the_files_with_labels_are_what_the_script_makes():
    made = demo_data.make()
    assert made.keys() == {
        path.relative_to(DATA)
        for folder in ("classifications", "human_labels")
        for path in (DATA / folder).rglob("*.json")
    }
    for path, text in made.items():
        assert (DATA / path).read_bytes() == text.encode("utf-8"), path


def test_the_base_file_has_at_least_400_records_of_the_real_shape(base):
    assert len(base) >= 400
    for record in base:
        assert list(record) == BASE_KEYS
        assert all(isinstance(value, str) for value in record.values())
        assert record["index"].isdecimal()
        assert record["description"].strip()


def test_each_feature_and_each_description_is_there_once(base):
    assert len({record["index"] for record in base}) == len(base)
    assert len({record["description"] for record in base}) == len(base)


def test_the_indices_have_gaps_as_in_a_filtered_file(base):
    indices = [int(record["index"]) for record in base]
    assert max(indices) - min(indices) > 10 * len(indices)


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a bold tag", r"<b>"),
        ("an entity of HTML", r"&amp;"),
        ("a closing quotation tag", r"</blockquote>"),
        ("a script", r"<script>"),
        ("an emoji outside the first plane", r"[\U0001F300-\U0001FAFF]"),
        ("an emoji joined from several", "\u200d"),
        ("Arabic", r"[\u0621-\u064a]{3}"),
        ("Hebrew", r"[\u05d0-\u05ea]{3}"),
        ("a right-to-left override", "\u202e"),
        ("a right-to-left mark", "\u200f"),
        ("a combining accent", r"[\u0300-\u036f]"),
        ("Chinese or Japanese", r"[\u4e00-\u9fff]"),
        ("Korean", r"[\uac00-\ud7a3]"),
        ("Hindi", r"[\u0900-\u097f]"),
        ("a line break", r"\n"),
        ("a line break as Windows writes it", r"\r\n"),
        ("a tab", r"\t"),
        ("an escape character", "\x1b"),
        ("a zero-width space", "\u200b"),
        ("a double quotation mark", r'"'),
        ("a backslash", r"\\"),
        ("a space at the start", r"\A "),
        ("something that looks like a command", r"/start\b"),
    ],
)
def test_awkward_descriptions_are_there(base, what, pattern):
    assert any(re.search(pattern, record["description"]) for record in base), f"no description with {what}"


def test_one_description_is_very_long_and_one_a_single_letter(base):
    lengths = sorted(len(record["description"]) for record in base)
    assert lengths[0] == 1
    assert 2_500 <= lengths[-1] <= 3_500
    assert lengths[-2] < 300


def test_descriptions_are_not_filled_in_templates(base):
    words = [record["description"].split() for record in base]
    openings = Counter(" ".join(text[:2]).lower() for text in words if len(text) > 2)
    assert max(openings.values()) <= 0.05 * len(base)


def test_many_scripts_are_in_the_descriptions(base):
    letters = {char for record in base for char in record["description"] if char.isalpha()}
    scripts = {unicodedata.name(char).split()[0] for char in letters}
    assert {"LATIN", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "HANGUL", "DEVANAGARI", "THAI"} <= scripts


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", MODELS)
def test_a_classification_file_has_a_label_for_each_feature(base, mode, model):
    labels = classifications(mode, model)
    assert set(labels) == {int(record["index"]) for record in base}
    counts = Counter(labels.values())
    assert set(counts) <= LABELS | FAILED
    failed = sum(counts[word] for word in FAILED)
    assert failed > 0.1 * len(base) if model == "gemini-2.0-flash" else 1 <= failed <= 5


@pytest.mark.parametrize("mode", MODES)
def test_two_models_are_close_to_each_other_and_the_third_says_related_too_often(mode):
    deepseek, gemini, llama = (classifications(mode, model) for model in MODELS)

    def same(one: dict[int, str], other: dict[int, str]) -> float:
        both = [i for i in one if one[i] in LABELS and other[i] in LABELS]
        return sum(one[i] == other[i] for i in both) / len(both)

    def related(one: dict[int, str]) -> float:
        return sum(label == "related" for label in one.values()) / len(one)

    assert same(deepseek, gemini) > 0.9
    assert same(deepseek, llama) < 0.8
    assert related(llama) > 1.5 * related(deepseek)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("person", PEOPLE)
def test_two_people_answered_the_whole_sample(sample, person, mode):
    records = answers(person, mode)
    assert [record["_row_id"] for record in records] == list(range(SAMPLE_SIZE))
    for record in records:
        drawn = sample.iloc[record["_row_id"]]
        assert list(record) == ["_row_id", "feature_index", "feature_id", "description", "label"]
        assert record["feature_index"] == int(drawn["index"])
        assert record["feature_id"] is None
        assert record["description"] == drawn["description"]
        assert record["label"] in LABELS


@pytest.mark.parametrize("mode", MODES)
def test_people_are_not_of_one_mind_and_the_first_model_is_about_as_good(mode):
    first, second = ([record["label"] for record in answers(person, mode)] for person in PEOPLE)
    people = cohen_kappa_score(first, second)
    assert 0.85 < people < 0.95

    def kappa(model: str) -> float:
        labels = classifications(mode, model)
        pairs = [
            (record["label"], labels[record["feature_index"]])
            for person in PEOPLE
            for record in answers(person, mode)
            if labels[record["feature_index"]] in LABELS
        ]
        return cohen_kappa_score(*zip(*pairs, strict=True))

    deepseek, _, llama = map(kappa, MODELS)
    assert abs(deepseek - people) < 0.04
    assert llama < people - 0.3

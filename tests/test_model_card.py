"""The model card of a run: metadata that round-trips, and a text with every figure of the record."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard

from hf_xlqa.model_card import write_model_card
from hf_xlqa.reports import Score
from hf_xlqa.run_record import CorpusUse, RunRecord

SIGNATURE = "rule:mlqa|version:1|language:zh|golds:all|missing:refuse|corpus:mlqa"
RECORD = RunRecord(
    method="xltt",
    base_model="google-bert/bert-base-multilingual-cased",
    training=(
        CorpusUse(name="squad", languages=("en",), licence="CC BY-SA 4.0", examples=87599, hub_id="rajpurkar/squad"),
        CorpusUse(
            name="drcd", languages=("ja", "ko"), licence="CC BY-SA 3.0", examples=3380, dropped={"gold not found": 1062}
        ),
        CorpusUse(name="wiki", languages=("ko",), licence="any", examples=7, labelled=False),
    ),
    scores=(
        Score("mlqa/zh.en", "zh", "mlqa", 40.004, 61.25, 1504, SIGNATURE, "gold"),
        Score("mlqa/zh.en", "zh", "mlqa", 35.5, 55.5, 1504, SIGNATURE, "copy"),
        Score("xquad", "en", "squad", 70.0, 80.0, 1190, "rule:squad|version:1.1"),
    ),
    hyper_parameters={"learning_rate": 4e-05, "betas": [0.9, 0.999]},
    seed=42,
    versions={"python": "3.11.7", "torch": "2.13.0"},
    command="accelerate launch examples/run_xltt.py --seed 42",
)


def card(folder: Path, record: RunRecord = RECORD, **kwargs: object) -> ModelCard:
    path = write_model_card(record, folder, repo_id="xlqa/tiny-xltt", **kwargs)  # type: ignore[arg-type]
    assert path == folder / "README.md"
    return ModelCard.load(path)


def test_metadata(tmp_path: Path) -> None:
    data = card(tmp_path, licence="apache-2.0").data
    assert data.language == ["en", "ja", "ko"]
    assert data.license == "apache-2.0"
    assert data.datasets == ["rajpurkar/squad"]
    assert data.base_model == "google-bert/bert-base-multilingual-cased"
    assert (data.library_name, data.pipeline_tag) == ("transformers", "question-answering")
    assert "xltt" in data.tags


def test_scores_are_evaluation_results_with_their_signatures(tmp_path: Path) -> None:
    data = card(tmp_path).data
    assert data.model_name == "tiny-xltt"
    assert [(r.dataset_name, r.dataset_config, r.metric_type, r.metric_value) for r in data.eval_results] == [
        ("mlqa/zh.en", "zh.en, gold translations", "exact_match", 40.0),
        ("mlqa/zh.en", "zh.en, gold translations", "f1", 61.25),
        ("mlqa/zh.en", "zh.en, copy translations", "exact_match", 35.5),
        ("mlqa/zh.en", "zh.en, copy translations", "f1", 55.5),
        ("xquad", "en", "exact_match", 70.0),
        ("xquad", "en", "f1", 80.0),
    ]
    assert data.eval_results[0].metric_args == {"signature": SIGNATURE, "questions": 1504}


def test_card_round_trips(tmp_path: Path) -> None:
    first = card(tmp_path)
    again = ModelCard(str(first))
    assert str(again) == (tmp_path / "README.md").read_text(encoding="utf-8")
    assert again.data.to_dict() == first.data.to_dict()
    front_matter = str(first).split("---\n")[1]
    assert yaml.safe_load(front_matter)["model-index"][0]["name"] == "tiny-xltt"


def test_text_holds_every_figure(tmp_path: Path) -> None:
    record = replace(RECORD, summary="Rethinks with translations.", citation="@article{a}")
    text = card(tmp_path, record, limits=["It is tiny."]).text
    for part in (
        "# tiny-xltt\n\nRethinks with translations.\n\n",
        'name = "xlqa/tiny-xltt"',
        "AutoModelForQuestionAnswering.from_pretrained(name, trust_remote_code=True)",
        "| squad | en | CC BY-SA 4.0 | 87,599 | none |",
        "| wiki | ko | any | 7 (texts only) | none |",
        "| drcd | ja, ko | CC BY-SA 3.0 | 3,380 | 1,062 gold not found |",
        "| mlqa/zh.en | zh | 40.00 | 61.25 | 1,504 | gold | `rule:mlqa\\|version:1\\|",
        "| learning_rate | `4e-05` |",
        "- It was evaluated in en, zh only, and scores",
        "- It saw ja, ko in training, but was not evaluated there.",
        "- Its scores use translations of the test input (copy, gold)",
        "- It is tiny.",
        "```bash\naccelerate launch examples/run_xltt.py --seed 42\n```\n\nSeed 42; python 3.11.7, torch 2.13.0.",
        "```bibtex\n@article{a}\n\n@software{hf_xlqa,",
    ):
        assert part in text


def test_loading_is_five_lines(tmp_path: Path) -> None:
    code = card(tmp_path).text.split("```python\n")[1].split("\n```")[0]
    assert len([line for line in code.splitlines() if line]) <= 5
    compile(code, "card", "exec")


def test_local_encoder_is_named_without_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "private" / "tiny-encoder"
    folder.mkdir(parents=True)
    local = card(tmp_path, replace(RECORD, base_model=str(folder)))
    assert local.data.base_model is None
    assert "on `tiny-encoder`." in local.text
    assert "private" not in str(local)


def test_what_the_record_does_not_show_is_not_said(tmp_path: Path) -> None:
    scores = tuple(Score(f"xquad/{code}", code, "squad", 1.0, 2.0, 3, "s") for code in ("en", "ja", "ko"))
    text = card(tmp_path, replace(RECORD, scores=scores)).text
    assert "not evaluated there" not in text
    assert "translations of the test input" not in text


def test_a_run_without_training_names_no_language(tmp_path: Path) -> None:
    data = card(tmp_path, replace(RECORD, training=())).data
    assert (data.language, data.datasets) == (None, None)


def test_a_run_without_scores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`scores` of the record must hold the scores of the run, but is empty"):
        write_model_card(replace(RECORD, scores=()), tmp_path, repo_id="xlqa/tiny-xltt")

"""Studies on the embedded sample: who is compared, and what a row of the table is."""

from __future__ import annotations

from pathlib import Path

import pytest

from hf_xlqa.corpora.sample import sample_examples, type_matching_floor
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.sample_study import SAMPLE_SETTINGS, System, floor_scores, study
from hf_xlqa.run_record import RunRecord
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SIZES = {name: SAMPLE_SETTINGS[name] for name in ("max_length", "window_step")}


def test_the_floor_is_what_a_candidate_of_the_asked_type_scores_on_average() -> None:
    data = DataArguments(evaluate=["sample/en"], max_evaluation_examples=150, **SIZES)
    (score,) = floor_scores(data)
    examples = sample_examples("test", "en")[:150]
    assert all(example.answers[0].text in candidates(example) for example in examples)
    assert score.exact_match == pytest.approx(type_matching_floor(examples))
    assert score.questions == 150


def test_a_row_is_the_mean_over_seeds_and_each_kind_of_translations_has_one(tmp_path: Path) -> None:
    systems = [
        System("zero shot", Encoder(), ["en"], batch_factor=2),
        System("XLTT", XLTT(), ["en", "ja"], ("gold", "wrong")),
    ]
    data = DataArguments(evaluate=["sample/hi", "sample/de"], max_train_examples=8, max_evaluation_examples=6, **SIZES)
    training = CrossLingualQATrainingArguments(
        output_dir=str(tmp_path), max_steps=2, save_strategy="no", report_to=[], use_cpu=True, disable_tqdm=True
    )
    rows = study(systems, training, data, seeds=[3, 4])
    assert list(rows) == ["zero shot", "XLTT, gold translations", "XLTT, wrong translations"]
    translations = [[(score.name, score.translations) for score in row] for row in rows.values()]
    assert translations == [[("sample/hi", kind), ("sample/de", kind)] for kind in ("none", "gold", "wrong")]
    records = [
        RunRecord.from_json((tmp_path / f"zero-shot-{seed}" / "results.json").read_text(encoding="utf-8"))
        for seed in (3, 4)
    ]
    assert [record.seed for record in records] == [3, 4]
    assert [record.training[0].languages for record in records] == [("en",), ("en",)]
    assert [record.hyper_parameters["per_device_train_batch_size"] for record in records] == [16, 16]
    for number, score in enumerate(rows["zero shot"]):
        assert score.f1 == pytest.approx(sum(record.scores[number].f1 for record in records) / 2)
    assert data.languages == ["en", "ja", "ko"] and training.seed == 42

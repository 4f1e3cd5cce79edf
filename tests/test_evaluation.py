"""Evaluation: sets, order of windows, files, scores, tables."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_qa import (
    TOKENIZER,
    tiny_examples,
    tiny_features,
    tiny_model,
    tiny_set,
    tiny_tokenizer,
    tiny_trainer,
    tiny_xltt,
)

from hf_xlqa.alignment import align_windows
from hf_xlqa.collator import WindowCollator
from hf_xlqa.evaluation import EvaluationSet, SortedWindows, named_sets
from hf_xlqa.features import prepare_features
from hf_xlqa.metrics import load_metric
from hf_xlqa.run_record import RunRecord
from hf_xlqa.spans import extract_predictions


def answers(folder: Path, stem: str = "toy_en") -> dict[str, str]:
    return dict(json.loads((folder / f"predictions_{stem}.json").read_text(encoding="utf-8")))


def answered_one_by_one(evaluated: EvaluationSet, model: Any, tokenizer: Any = TOKENIZER) -> dict[str, str]:
    """Windows through the model one at a time, unpadded and in their order."""
    logits = np.full((2, len(evaluated.features.windows), 64), -1e9)
    for row, window in enumerate(evaluated.features.windows):
        inputs = WindowCollator(tokenizer)([window])
        mask = inputs.pop("answer_mask")[0].numpy()
        with torch.no_grad():
            outputs = model.eval()(**inputs)
        for part, values in enumerate((outputs.start_logits, outputs.end_logits)):
            logits[part, row, : len(mask)] = np.where(mask, values[0].numpy(), -1e9)
    predictions = extract_predictions(evaluated.examples, evaluated.features.windows, *logits)
    return {prediction.id: prediction.text for prediction in predictions}


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_answers_do_not_depend_on_batches(tmp_path: Path, batch: int) -> None:
    evaluated = tiny_set(9)
    trainer = tiny_trainer(tmp_path, sets=[evaluated], per_device_eval_batch_size=batch)
    trainer.evaluate()
    assert len(set(answers(tmp_path).values())) > 1
    assert answers(tmp_path) == answered_one_by_one(evaluated, tiny_model())


def test_padding_on_the_left_is_shifted_away(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer(padding_side="left")
    examples = tiny_examples(9)
    features = prepare_features(examples, tokenizer, max_length=32, window_step=12, max_question_length=8)
    evaluated = EvaluationSet("toy/en", examples, features, language="en", metric="mlqa")
    trainer = tiny_trainer(tmp_path, sets=[evaluated], data_collator=WindowCollator(tokenizer))
    # Without positions the model gives a token the same logits wherever its row begins.
    trainer.network.bert.embeddings.position_embeddings.weight.data.zero_()
    trainer.evaluate()
    model = tiny_model()
    model.bert.embeddings.position_embeddings.weight.data.zero_()
    assert answers(tmp_path) == answered_one_by_one(evaluated, model, tokenizer)


def test_scores_are_those_of_the_rule_on_the_written_answers(tmp_path: Path) -> None:
    sets = [tiny_set(6), tiny_set(5, name="toy/zh", language="zh")]
    metrics = tiny_trainer(tmp_path, sets=sets).evaluate()
    expected = []
    for evaluated in sets:
        written = answers(tmp_path, evaluated.stem)
        result = load_metric("mlqa", language=evaluated.language).compute(
            predictions=[{"id": id, "prediction_text": text} for id, text in written.items()],
            references=[
                {"id": example.id, "answers": {"text": [example.answers[0].text], "answer_start": [0]}}
                for example in evaluated.examples
            ],
        )
        assert metrics[f"eval_{evaluated.stem}_f1"] == result["f1"]
        assert metrics[f"eval_{evaluated.stem}_exact_match"] == result["exact_match"]
        expected.append(result["f1"])
    assert metrics["eval_f1"] == sum(expected) / 2
    assert metrics["eval_toy_en_loss"] > 0


def test_n_best_answers_are_written_with_offsets_and_scores(tmp_path: Path) -> None:
    evaluated = tiny_set(2)
    tiny_trainer(tmp_path, sets=[evaluated], n_best=3, max_answer_tokens=2).evaluate()
    written = json.loads((tmp_path / "nbest_toy_en.json").read_text(encoding="utf-8"))
    for example in evaluated.examples:
        spans = written[example.id]["spans"]
        assert len(spans) == 3 and spans[0]["text"] == answers(tmp_path)[example.id]
        assert all(example.context[span["start"] : span["end"]] == span["text"] for span in spans)
        assert [span["score"] for span in spans] == sorted((span["score"] for span in spans), reverse=True)
        assert isinstance(written[example.id]["null_score"], float)


def test_the_record_of_the_run_is_written_with_its_scores(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(3)], seed=5)
    metrics = trainer.evaluate()
    record = RunRecord.from_json((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert record == trainer.record
    (score,) = record.scores
    assert (score.name, score.language, score.questions, score.f1) == ("toy/en", "en", 3, metrics["eval_f1"])
    assert "rule:mlqa" in score.signature and "corpus:toy" in score.signature
    assert record.seed == 5


def test_scores_of_several_evaluations_of_the_same_weights_are_kept_together(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(3)])
    trainer.evaluate()
    metrics = trainer.evaluate([tiny_set(4, name="toy/test")], metric_key_prefix="test")
    assert metrics["test_f1"] == metrics["test_toy_test_f1"]
    assert [score.name for score in trainer.record.scores] == ["toy/en", "toy/test"]


def test_each_evaluation_shows_its_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = tiny_trainer(tmp_path, sets=[replace(tiny_set(3), translations="lexicon")]).evaluate()
    shown = capsys.readouterr().out
    assert f"toy/en        {metrics['eval_exact_match']:.1f} / {metrics['eval_f1']:.1f}" in shown
    assert "translations  lexicon" in shown
    assert "toy: rule:mlqa" in shown


def test_training_ends_with_the_table_of_the_best_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = tiny_trainer(
        tmp_path,
        sets=[tiny_set(3)],
        max_steps=3,
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=1,
        save_steps=1,
        load_best_model_at_end=True,
        metric_for_best_model="toy_en_loss",
        greater_is_better=True,
    )
    trainer.train()
    best = trainer.state.best_global_step
    headers = [line for line in capsys.readouterr().out.splitlines() if line.startswith("EM / F1")]
    assert [header.split()[-1] for header in headers] == ["1", "2", "3", str(best)]
    assert trainer.record.scores == tuple(trainer.scores[best].values())


def test_training_without_a_last_evaluation_evaluates_at_its_end(tmp_path: Path) -> None:
    trainer = tiny_trainer(tmp_path, sets=[tiny_set(2)], max_steps=3, eval_strategy="steps", eval_steps=2)
    trainer.train()
    assert sorted(trainer.scores) == [2, 3]


def test_parallel_windows_reach_the_model(tmp_path: Path) -> None:
    """A set with translations is answered otherwise than one without, and both go through one trainer."""
    examples = tiny_examples(6)
    pivot = tiny_features(examples)
    translated = {language: tiny_examples(6, language=language, first_place=1) for language in ("de", "zh")}
    others = {language: tiny_features(translations) for language, translations in translated.items()}
    alone = EvaluationSet("toy/en", examples, pivot, language="en", metric="mlqa")
    parallel = replace(alone, name="toy/gold", parallel=align_windows(pivot, others), translations="gold")
    metrics = tiny_trainer(tmp_path, model=tiny_xltt(), sets=[alone, parallel]).evaluate()
    assert metrics["eval_toy_en_loss"] != metrics["eval_toy_gold_loss"]
    assert set(answers(tmp_path, "toy_gold")) == {example.id for example in examples}


def test_windows_are_sorted_by_length_and_restored() -> None:
    windows = SortedWindows(tiny_set(9).features)
    lengths = [len(windows[row]["input_ids"]) for row in range(len(windows))]
    assert lengths == sorted(lengths, reverse=True) and len(set(lengths)) > 1
    rows = windows.order.astype(np.float32)[:, None]
    first, second = rows[:4], np.pad(rows[4:], ((0, 0), (0, 1)))
    starts, ends = windows.restore([(first, -first), (second, -second)])
    assert starts[:, 0].tolist() == list(range(len(windows))) and (ends[:, 0] == -starts[:, 0]).all()
    assert (starts[windows.order[:4], 1] == np.finfo(np.float32).min).all()


def test_every_window_has_one_row() -> None:
    windows = SortedWindows(tiny_set(2).features)
    batch = np.zeros((len(windows) + 1, 4), np.float32)
    with pytest.raises(RuntimeError, match=f"each of {len(windows)} windows once, but hold {len(windows) + 1} rows"):
        windows.restore([(batch, batch)])


def test_parallel_windows_are_those_of_the_features() -> None:
    features = tiny_features(tiny_examples(3))
    windows = align_windows(tiny_features(tiny_examples(5)), {})
    with pytest.raises(ValueError, match="`parallel` of toy/en must have the 3 windows of its features, but has 6"):
        EvaluationSet("toy/en", tiny_examples(3), features, language="en", metric="mlqa", parallel=windows)


def test_two_sets_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="a different name for each set, but has toy/en, toy_en instead"):
        named_sets([tiny_set(1), tiny_set(1, name="toy_en")])


@pytest.mark.parametrize("sets", [None, []])
def test_there_must_be_a_set_to_evaluate(tmp_path: Path, sets: Any) -> None:
    with pytest.raises(ValueError, match="must hold at least one evaluation set, but is empty"):
        tiny_trainer(tmp_path).evaluate(sets)


def test_unknown_rules_list_the_valid_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`spam` must be one of .*mlqa.*squad"):
        tiny_trainer(tmp_path, sets=[replace(tiny_set(1), metric="spam")]).evaluate()


def test_the_loss_is_the_mean_over_windows(tmp_path: Path) -> None:
    """Also with a last batch that is smaller: by one batch of all, without padding by hand."""
    evaluated = tiny_set(9)
    metrics = tiny_trainer(tmp_path, sets=[evaluated], per_device_eval_batch_size=4).evaluate()
    inputs = WindowCollator(TOKENIZER)(list(evaluated.features.windows))
    mask = inputs.pop("answer_mask")
    with torch.no_grad():
        outputs = tiny_model().eval()(**inputs)
    losses = [
        torch.nn.functional.cross_entropy(logits.masked_fill(~mask, -torch.inf), inputs[name])
        for logits, name in ((outputs.start_logits, "start_positions"), (outputs.end_logits, "end_positions"))
    ]
    assert metrics["eval_toy_en_loss"] == pytest.approx(float(sum(losses)) / 2, abs=1e-5)


def test_each_set_has_a_progress_bar_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sets = [tiny_set(2), tiny_set(6, name="toy/zh", language="zh")]
    trainer = tiny_trainer(tmp_path, sets=sets, per_device_eval_batch_size=1, disable_tqdm=False)
    trainer.evaluate()
    shown = capsys.readouterr().err
    for evaluated in sets:
        windows = len(evaluated.features.windows)
        assert f" {windows}/{windows} [" in shown

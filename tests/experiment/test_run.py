"""An experiment from small files to its record, checkpoint and card."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import ModelCard
from tiny_corpora import TOWNS, article, gold, questions_of, write_articles, write_encoder, write_language
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, BertForQuestionAnswering

from hf_xlqa import load_metric
from hf_xlqa.corpora.sample import sample_parallel
from hf_xlqa.corpora.squad_format import read_examples, references
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.methods.dual_bert import DualBert
from hf_xlqa.experiment.methods.encoder import Encoder
from hf_xlqa.experiment.methods.xltt import XLTT
from hf_xlqa.experiment.run import build_trainer, hold_out, run
from hf_xlqa.experiment.training_data import TrainingCorpus, read_training_corpora
from hf_xlqa.leaks import LeakWarning
from hf_xlqa.models import DualBertForQuestionAnswering, XLTTForQuestionAnswering
from hf_xlqa.run_record import RunRecord
from hf_xlqa.schema import ParallelExample
from hf_xlqa.training_args import CrossLingualQATrainingArguments

SEEN, UNSEEN = range(4), range(4, len(TOWNS))
SIZES: dict[str, Any] = {"max_length": 128, "window_step": 64, "max_question_length": 32}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files to train on by language, and "test", Korean, of other articles; one of its golds is not in its context."""
    folder = tmp_path_factory.mktemp("bridges")
    files = {language: write_language(folder, language, SEEN) for language in ("en", "ja", "ko")}
    korean = [article(number, "ko") for number in UNSEEN]
    questions_of(korean)["5-where"]["answers"][0] = gold("nowhere", "never said")
    return files | {"test": write_articles(folder / "test.json", korean)}


def training(folder: Path, **options: Any) -> CrossLingualQATrainingArguments:
    settings: dict[str, Any] = {
        "max_steps": 4,
        "per_device_train_batch_size": 4,
        "learning_rate": 0.01,
        "save_strategy": "no",
        "report_to": [],
        "use_cpu": True,
        "disable_tqdm": True,
        **options,
    }
    return CrossLingualQATrainingArguments(output_dir=str(folder), **settings)


def data_of(bridges: dict[str, str], **options: Any) -> DataArguments:
    settings: dict[str, Any] = {
        "parallel": [f"bridges:{language}={bridges[language]}" for language in ("en", "ja", "ko")],
        "evaluate": [f"korquad/ko={bridges['test']}"],
        **SIZES,
        **options,
    }
    return DataArguments(**settings)


def parallel_of(path: str) -> list[ParallelExample]:
    return [ParallelExample(each) for each in read_examples(path, language="en", corpus="bridges")]


@pytest.fixture(scope="module")
def finished(bridges: dict[str, str], encoder: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunRecord]:
    """XLTT with a held-out share and a checkpoint on the way."""
    folder = tmp_path_factory.mktemp("run")
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeakWarning)
        record = run(
            XLTT(encoder=encoder, auxiliary_weight="0.25"),
            data_of(bridges, held_out=0.5),
            training(folder, eval_strategy="steps", eval_steps=2, save_strategy="steps", save_steps=2),
        )
    return folder, record


def test_the_record_tells_the_run(finished: tuple[Path, RunRecord], encoder: str) -> None:
    folder, record = finished
    assert RunRecord.from_json((folder / "results.json").read_text(encoding="utf-8")) == record
    assert (record.method, record.base_model, record.seed) == ("xltt", encoder, 42)
    (use,) = record.training
    assert (use.name, use.languages, use.dropped) == ("bridges", ("en", "ja", "ko"), {})
    names = {score.name: (score.questions, score.translations) for score in record.scores}
    held_out = 2 * len(SEEN) - use.examples
    assert names == {"bridges_held_out/en": (held_out, "given"), "korquad/ko": (2 * len(UNSEEN), "copy")}
    parameters = record.hyper_parameters
    assert (parameters["auxiliary_weight"], parameters["held_out"], parameters["max_steps"]) == ("0.25", 0.5, 4)


def test_dual_bert_is_trained_on_the_target_with_its_translation(
    bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    files = [f"bridges:{language}={bridges[language]}" for language in ("ko", "en")]
    record = run(
        DualBert(encoder=encoder), data_of(bridges, languages=["ko", "en"], parallel=files), training(tmp_path)
    )
    (use,), (score,) = record.training, record.scores
    assert (record.method, use.languages, use.examples) == ("dual_bert", ("ko", "en"), 2 * len(SEEN))
    assert (score.name, score.translations) == ("korquad/ko", "copy")
    assert isinstance(AutoModelForQuestionAnswering.from_pretrained(tmp_path), DualBertForQuestionAnswering)


def test_rows_are_padded_to_one_length_for_models_whose_answers_depend_on_it(
    bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    files = [f"bridges:{language}={bridges[language]}" for language in ("ko", "en")]
    data = data_of(bridges, languages=["ko", "en"], parallel=files)
    corpora = read_training_corpora(data)
    for preset, fixed in (("released", True), ("default", False)):
        method = DualBert(encoder=encoder, preset=preset)
        trainer = build_trainer(method, data, training(tmp_path), corpora=corpora, held_out={})
        batch = next(iter(trainer.get_train_dataloader()))
        widths = {batch["input_ids"].shape[-1], batch["parallel_input_ids"].shape[-1]}
        assert (widths == {SIZES["max_length"]}) == fixed


def test_windows_longer_than_the_encoder_reads_are_refused(
    bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="`max_length` must be at most 128, .* has positions for, but is 129 instead"):
        run(Encoder(encoder=encoder), data_of(bridges, max_length=129), training(tmp_path))


def test_predictions_score_what_the_record_says(finished: tuple[Path, RunRecord], bridges: dict[str, str]) -> None:
    folder, record = finished
    answered = json.loads((folder / "predictions_korquad_ko.json").read_text(encoding="utf-8"))
    (score,) = (each for each in record.scores if each.name == "korquad/ko")
    reader = read_examples(bridges["test"], language="ko", corpus="korquad", on_defect="repair", require_answers=False)
    result = load_metric(score.metric, language="ko", corpus="korquad").compute(
        predictions=[{"id": id, "prediction_text": text} for id, text in answered.items()],
        references=list(references(reader)),
    )
    assert (result["exact_match"], result["f1"], result["signature"]) == (score.exact_match, score.f1, score.signature)
    assert len(answered) == score.questions


def test_the_folder_is_a_checkpoint_with_its_code(finished: tuple[Path, RunRecord]) -> None:
    folder, _ = finished
    model = AutoModelForQuestionAnswering.from_pretrained(folder)
    assert isinstance(model, XLTTForQuestionAnswering)
    assert (model.config.parallel_languages, model.config.auxiliary_weight) == (["ja", "ko"], 0.25)
    assert {"modeling_xltt.py", "configuration_xltt.py"} <= {path.name for path in folder.glob("*.py")}
    saved = AutoModelForQuestionAnswering.from_pretrained(folder / "checkpoint-4").state_dict()
    torch.testing.assert_close(model.state_dict(), saved, atol=0, rtol=0)
    assert AutoTokenizer.from_pretrained(folder)("다리").input_ids


def test_the_card_is_that_of_the_record(finished: tuple[Path, RunRecord]) -> None:
    folder, record = finished
    card = ModelCard.load(folder / "README.md")
    values = {(each.dataset_name, each.metric_type): each.metric_value for each in card.data.eval_results or []}
    assert values == {
        (score.name, key): round(getattr(score, key), 2) for score in record.scores for key in ("exact_match", "f1")
    }
    assert "hf_xlqa" in card.data.tags
    assert record.command in card.text


def test_a_resumed_run_ends_like_an_uninterrupted_one(
    finished: tuple[Path, RunRecord], bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    """From the last checkpoint of the output folder, which had been stopped half way."""
    folder, record = finished
    (tmp_path / "checkpoint-2").symlink_to(folder / "checkpoint-2")
    resumed = run(
        XLTT(encoder=encoder, auxiliary_weight="0.25"),
        data_of(bridges, held_out=0.5),
        training(tmp_path, eval_strategy="steps", eval_steps=2, resume_from_checkpoint="True"),
    )
    assert resumed.scores == record.scores
    both = [AutoModelForQuestionAnswering.from_pretrained(each).state_dict() for each in (folder, tmp_path)]
    torch.testing.assert_close(both[1], both[0], atol=0, rtol=0)


def test_there_must_be_a_checkpoint_to_resume_from(bridges: dict[str, str], encoder: str, tmp_path: Path) -> None:
    options = training(tmp_path, resume_from_checkpoint="True")
    with pytest.raises(ValueError, match="must be a checkpoint or True for the last one, but .* holds none instead"):
        run(XLTT(encoder=encoder), data_of(bridges), options)


def test_a_plain_model_is_trained_on_all_languages_alike(bridges: dict[str, str], encoder: str, tmp_path: Path) -> None:
    record = run(Encoder(encoder=encoder), data_of(bridges), training(tmp_path))
    assert (record.method, record.training[0].examples) == ("encoder", 3 * 2 * len(SEEN))
    assert [(score.name, score.translations) for score in record.scores] == [("korquad/ko", "none")]
    assert isinstance(AutoModelForQuestionAnswering.from_pretrained(tmp_path), BertForQuestionAnswering)
    assert (tmp_path / "README.md").is_file() and not list(tmp_path.glob("*.py"))


def test_an_evaluation_set_that_was_trained_on_is_warned_of(
    bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    """A translation has the ids of what it is a translation of."""
    data = data_of(bridges, parallel=[], train=[f"bridges/en={bridges['en']}"], languages=["en"])
    data.evaluate = [f"bridges/ko={bridges['ko']}"]
    with pytest.warns(LeakWarning, match="`bridges/ko` .* 8 training examples share an id .* 0 share a context"):
        run(Encoder(encoder=encoder), data, training(tmp_path, max_steps=1))


def test_an_evaluation_set_that_is_selected_on_is_warned_of(
    bridges: dict[str, str], encoder: str, tmp_path: Path
) -> None:
    data = data_of(bridges, held_out=0.5)
    _, held_out = hold_out([TrainingCorpus("bridges", parallel_of(bridges["en"]))], data)
    own = {each.pivot.title for each in held_out["bridges"]}
    articles = [each for each in (article(number, "en") for number in SEEN) if each["title"] in own]
    data.evaluate = [f"squad/en={write_articles(tmp_path / 'seen.json', articles)}"]
    with pytest.warns(LeakWarning, match=f"{2 * len(own)} selection examples share an id"):
        run(XLTT(encoder=encoder), data, training(tmp_path / "run", max_steps=1))


def test_the_sample_runs_without_any_argument_but_the_steps(tmp_path: Path) -> None:
    data = DataArguments(
        evaluate=["sample/hi"], max_train_examples=12, max_evaluation_examples=6, max_length=192, window_step=96
    )
    record = run(XLTT(), data, training(tmp_path, max_steps=1))
    assert (record.base_model, record.training[0].name) == ("hf_xlqa sample encoder", "sample")
    assert [(score.name, score.translations) for score in record.scores] == [("sample/hi", "gold")]
    assert ModelCard.load(tmp_path / "README.md").data.base_model is None


def test_articles_held_out_are_not_trained_on(bridges: dict[str, str]) -> None:
    examples = parallel_of(bridges["en"])
    kept, held_out = hold_out([TrainingCorpus("bridges", examples)], data_of(bridges, held_out=0.5))
    titles = [{each.pivot.title for each in part} for part in (kept[0].examples, held_out["bridges"])]
    assert titles[0] and titles[1] and not titles[0] & titles[1]
    assert len(kept[0].examples) + len(held_out["bridges"]) == len(examples)
    assert hold_out([TrainingCorpus("bridges", examples)], data_of(bridges))[1] == {}


def test_an_amount_is_of_what_is_left_to_train_on(bridges: dict[str, str]) -> None:
    corpora = [TrainingCorpus("bridges", parallel_of(bridges["en"]))]
    (whole,), all_held_out = hold_out(corpora, data_of(bridges, held_out=0.5))
    (kept,), held_out = hold_out(corpora, data_of(bridges, held_out=0.5, train_amounts=["bridges=1"]))
    assert (len(kept.examples), held_out) == (1, all_held_out)
    assert kept.examples[0] in whole.examples
    assert kept.dropped == {"beyond the amount asked for": len(whole.examples) - 1}


def test_the_sample_has_a_split_to_choose_the_checkpoint_by() -> None:
    examples = sample_parallel("train", paragraphs=2)
    (kept,), held_out = hold_out([TrainingCorpus("sample", examples)], DataArguments(held_out=0.5))
    assert kept.examples == examples
    assert held_out == {"sample": sample_parallel("dev")}


def test_something_must_be_left_to_train_on(bridges: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="`held_out` must leave articles of bridges to train on, but leaves none"):
        hold_out([TrainingCorpus("bridges", parallel_of(bridges["en"]))], data_of(bridges, held_out=0.999999))

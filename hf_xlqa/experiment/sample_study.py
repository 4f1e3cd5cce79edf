"""What studies on the embedded sample share: the settings of its encoder, and the score of no reading at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from hf_xlqa.corpora.sample import encoder_path, sample_parallel, word_by_word
from hf_xlqa.corpora.sample.type_matching import candidates
from hf_xlqa.corpora.squad_format import write_squad
from hf_xlqa.experiment.arguments import DataArguments
from hf_xlqa.experiment.evaluation_data import evaluation_sets
from hf_xlqa.experiment.paper_study import PaperStudy
from hf_xlqa.messages import check_choice
from hf_xlqa.reports import Score, mean_scores
from hf_xlqa.schema import Example, ParallelExample, Prediction, Span

SAMPLE_SETTINGS: dict[str, Any] = {
    "learning_rate": 1e-3,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 32,
    "per_device_eval_batch_size": 64,
    "max_length": 192,
    "window_step": 96,
}
"""Arguments for the embedded encoder: a hundred times smaller than those of the papers, it learns with larger steps."""


@dataclass(frozen=True, kw_only=True)
class SampleStudy(PaperStudy):
    """The systems of a paper on the embedded sample.

    Args:
        paragraphs: of the training split.
        part: "dev" or "test", which is scored.
        data, training, seeds: see `PaperStudy`.

    Raises:
        ValueError: when `part` is unknown.
    """

    paragraphs: int
    part: str

    def __post_init__(self) -> None:
        check_choice("part", self.part, ("dev", "test"))


def write_files(
    folder: Path,
    target: str,
    source: str,
    amount: int,
    translations: str,
    *,
    paragraphs: int | None = None,
    evaluated: int | None = None,
) -> None:
    """The sample as files, for studies of a target language with few examples and a source language with many.

    Written are source.SOURCE.json, and train, dev and test of both languages, where the source's are translations of
    the target's. The examples of the source corpus are of other biographies than those of the target.

    Args:
        folder: where to.
        target, source: the languages.
        amount: how many training examples of the target there are.
        translations: "gold", or "lexicon" (word by word).
        paragraphs: of the training split, see `sample_parallel`.
        evaluated: how many examples of dev and test there are, at most; None for all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    train = sample_parallel("train", paragraphs=paragraphs)
    few = {example.pivot.title for example in train[:amount]}
    for name, examples in {
        "train": train[:amount],
        "dev": sample_parallel("dev")[:evaluated],
        "test": sample_parallel("test")[:evaluated],
    }.items():
        own = [_in(target, example) for example in examples]
        write_squad(folder / f"{name}.{target}.json", own)
        translated = [
            _in(source, example) if translations == "gold" else word_by_word(each, source)
            for each, example in zip(own, examples, strict=True)
        ]
        write_squad(folder / f"{name}.{source}.json", translated)
    rest = [_in(source, example) for example in train if example.pivot.title not in few]
    write_squad(folder / f"source.{source}.json", rest)


def _in(language: str, example: ParallelExample) -> Example:
    return next(each for each in example if each.context_language == language)


def floor_scores(data: DataArguments) -> list[Score]:
    """What matching types alone scores: the mean over answering with the first, second ... candidate of the asked type.

    A question with fewer candidates than others starts again from its first.
    """
    sets = evaluation_sets(data, AutoTokenizer.from_pretrained(encoder_path()))
    choices = [[(example, sorted(candidates(example))) for example in each.examples] for each in sets]
    most = max(len(found) for each in choices for _, found in each)
    return mean_scores(
        [
            [each.score([_guess(*one, turn) for one in found]) for each, found in zip(sets, choices, strict=True)]
            for turn in range(most)
        ]
    )


def _guess(example: Example, found: Sequence[str], turn: int) -> Prediction:
    text = found[turn % len(found)]
    start = example.context.index(text)
    return Prediction(example.id, (Span(text, start, start + len(text), 0.0),))

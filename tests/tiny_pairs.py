"""English questions and their translations on the same contexts, in windows, and a trainer of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tiny_qa import TOKENIZER, tiny_examples, tiny_tokenizer, tiny_trainer

from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.paired_windows import PairCollator, PairedWindows, pair_windows
from hf_xlqa.schema import Example

QUESTIONS = {"en": "Where ?", "de": "Where was the river ?", "zh": "sea"}
"""Of 2, 5 and 1 tokens."""


def asked_everywhere(count: int) -> list[Example]:
    """T(Q): all questions in all languages, English first."""
    return [
        replace(example, id=f"{example.id}-{language}", question_language=language, question=question)
        for language, question in QUESTIONS.items()
        for example in tiny_examples(count)
    ]


def cut(examples: list[Example], *, side: str = "right") -> PreparedFeatures:
    """Windows of at most 24 tokens."""
    tokenizer = TOKENIZER if side == "right" else tiny_tokenizer(padding_side=side)
    return prepare_features(examples, tokenizer, max_length=24, window_step=7, max_question_length=8)


def pairs_of(count: int, *, each: Any = "pair") -> PairedWindows:
    """Pairs of English with German and Chinese windows."""
    examples = asked_everywhere(count)
    return pair_windows(cut(examples), examples, each=each)


def pair_trainer(folder: Path | str, *, each: Any = "pair", **options: Any) -> Any:
    """A trainer of both objectives of LAF beside the span."""
    settings = {"objectives": ["span", "psa", "qs"], "max_grad_norm": 0.0, "train_sampling_strategy": "sequential"}
    return tiny_trainer(
        folder, windows=pairs_of(6, each=each), data_collator=PairCollator(TOKENIZER), **{**settings, **options}
    )

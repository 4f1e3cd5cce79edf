"""A tiny QANet of English and German that reads real windows of its own tokenizer, alone and in the language GAN."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from datasets import concatenate_datasets
from tiny_gan import trainer_of
from tiny_qa import tiny_examples

from hf_xlqa.evaluation import EvaluationSet
from hf_xlqa.features import PreparedFeatures, prepare_features
from hf_xlqa.models import AdversarialForQuestionAnswering, QANetConfig, QANetForCrossLingualQA, QANetTokenizer
from hf_xlqa.schema import Example
from hf_xlqa.word_vectors import build_vocabulary

LANGUAGES = ["en", "de"]
QANET_TOKENIZER: QANetTokenizer = build_vocabulary(tiny_examples(8)).tokenizer(languages=LANGUAGES)
WITHOUT_DROPOUT = {"dropout": 0.0, "character_dropout": 0.0, "stochastic_depth": 0.0}


def qanet_features(examples: list[Example]) -> PreparedFeatures:
    """Windows of at most 20 words: most contexts give several, and only the last has the answer."""
    return prepare_features(examples, QANET_TOKENIZER, max_length=20, window_step=8, max_question_length=4)


def qanet_set(count: int, *, language: str = "en") -> EvaluationSet:
    """An evaluation set scored by the MLQA rule."""
    examples = tiny_examples(count, language=language)
    return EvaluationSet(f"toy/{language}", examples, qanet_features(examples), language=language, metric="mlqa")


def qanet_windows() -> Any:
    """English and German windows, those without an answer among them."""
    return concatenate_datasets([qanet_features(tiny_examples(6, language=each)).windows for each in LANGUAGES])


def tiny_qanet(**fields: Any) -> QANetForCrossLingualQA:
    """The model with dropout unless `fields` say else, the same at every call."""
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "vocab_size": QANET_TOKENIZER.vocab_size,
        "character_vocab_size": QANET_TOKENIZER.character_vocab_size,
        "word_dim": 6,
        "character_dim": 4,
        "hidden_size": 8,
        "embedding_convolutions": 1,
        "model_blocks": 1,
        "model_convolutions": 1,
    }
    return QANetForCrossLingualQA(QANetConfig(**{"languages": LANGUAGES} | sizes | fields))


def qanet_trainer(folder: Path, *, fields: Any = None, **options: Any) -> Any:
    """A trainer of the language GAN around it, as `trainer_of`."""
    model = AdversarialForQuestionAnswering.wrap(
        tiny_qanet(**fields or {}), discriminator_channels=8, discriminator_blocks=1
    )
    settings = {"windows": qanet_windows(), "model": model, "tokenizer": QANET_TOKENIZER, **options}
    return trainer_of(folder, **settings)

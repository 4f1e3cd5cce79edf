"""Dual BERT: a question and passage of the target language read together with their translation into the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hf_xlqa.experiment.methods.parallel import ParallelMethod
from hf_xlqa.models import DualBertForQuestionAnswering


@dataclass
class DualBert(ParallelMethod):
    """Self-adaptive attention from the target, the first of `languages`, to the source, the second and last."""

    summary: ClassVar[str] = (
        "Dual BERT: self-adaptive attention from a question and passage to their translation into the source language."
    )
    model_class: ClassVar[type[Any]] = DualBertForQuestionAnswering

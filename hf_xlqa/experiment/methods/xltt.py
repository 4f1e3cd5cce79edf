"""XLTT: a question and passage read together with their translations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from hf_xlqa.experiment.methods.parallel import ParallelMethod
from hf_xlqa.models import XLTTForQuestionAnswering


@dataclass
class XLTT(ParallelMethod):
    """Multilingual adaptive attention over the pivot, the first of `languages`, and the others."""

    summary: ClassVar[str] = "XLTT: multilingual adaptive attention over a question and passage and their translations."
    model_class: ClassVar[type[Any]] = XLTTForQuestionAnswering

    combination: str = field(default="concat", metadata={"help": "concat, or mean for any number of languages."})

    @property
    def config_fields(self) -> dict[str, Any]:
        """Those of every parallel method, and the combination."""
        return {**super().config_fields, "combination": self.combination}

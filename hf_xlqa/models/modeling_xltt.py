"""XLTT: Cross-Lingual Transposition ReThinking (2021), multilingual adaptive attention over parallel inputs.

Axes: batch, R parallel languages, h hidden.
"""

from typing import ClassVar

from torch import Tensor

from .configuration_xltt import XLTTConfig
from .parallel_reader import (
    ParallelReaderForQuestionAnswering,
    ParallelReaderModel,
    ParallelReaderPreTrainedModel,
    mean_over_languages,
)


class XLTTPreTrainedModel(ParallelReaderPreTrainedModel):
    """What every model of XLTT has."""

    config_class = XLTTConfig
    base_model_prefix = "xltt"
    auto_map: ClassVar = {
        "AutoModel": "modeling_xltt.XLTTModel",
        "AutoModelForQuestionAnswering": "modeling_xltt.XLTTForQuestionAnswering",
    }


class XLTTModel(XLTTPreTrainedModel, ParallelReaderModel):
    """Shared encoder and multilingual adaptive attention (XLTT, section 4.2, Eq. 4-17)."""

    def _gather(self, attended: Tensor, there: Tensor) -> Tensor:
        if self.config.combination == "concat":
            return super()._gather(attended, there)
        return mean_over_languages(attended, there)

    def _check_languages(self, given: int) -> None:
        languages = self.config.parallel_languages
        if self.config.combination == "concat" and given != len(languages):
            raise ValueError(
                f"`parallel_input_ids` must hold the {len(languages)} languages {', '.join(languages)}, but holds "
                f'{given} instead; `combination="mean"` takes any number.'
            )


class XLTTForQuestionAnswering(XLTTPreTrainedModel, ParallelReaderForQuestionAnswering):
    """XLTT with its span head on the fused pivot and an auxiliary one on the translations (Eq. 20-25)."""

    base_class = XLTTModel


XLTTConfig.register_for_auto_class()
XLTTModel.register_for_auto_class("AutoModel")
XLTTForQuestionAnswering.register_for_auto_class("AutoModelForQuestionAnswering")

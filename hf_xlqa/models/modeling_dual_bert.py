"""Dual BERT (Cui et al. 2019): a target-language text read together with its translation into the source language."""

from typing import ClassVar

from .configuration_dual_bert import DualBertConfig
from .parallel_reader import (
    ParallelReaderForQuestionAnswering,
    ParallelReaderModel,
    ParallelReaderPreTrainedModel,
)


class DualBertPreTrainedModel(ParallelReaderPreTrainedModel):
    """What every model of Dual BERT has."""

    config_class = DualBertConfig
    base_model_prefix = "dual_bert"
    auto_map: ClassVar = {
        "AutoModel": "modeling_dual_bert.DualBertModel",
        "AutoModelForQuestionAnswering": "modeling_dual_bert.DualBertForQuestionAnswering",
    }


class DualBertModel(DualBertPreTrainedModel, ParallelReaderModel):
    """Dual encoder and bilingual decoder (Cui et al. 2019, sections 4.1 and 4.2, Eq. 1-7).

    The target is the pivot, its translation into the source language the one parallel input, R = 1:
    `parallel_input_ids` is (batch, 1, L_S), and may be shorter or longer than `input_ids`, (batch, L_T).
    """


class DualBertForQuestionAnswering(DualBertPreTrainedModel, ParallelReaderForQuestionAnswering):
    """Dual BERT with its span head on H_T and the auxiliary one on B_S (Cui et al. 2019, Eq. 8-13)."""

    base_class = DualBertModel


DualBertConfig.register_for_auto_class()
DualBertModel.register_for_auto_class("AutoModel")
DualBertForQuestionAnswering.register_for_auto_class("AutoModelForQuestionAnswering")

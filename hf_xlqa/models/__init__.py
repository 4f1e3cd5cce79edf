"""Model classes, registered with the Auto classes; every file here travels in the checkpoints that need it."""

from transformers import AutoConfig, AutoModel, AutoModelForQuestionAnswering

from .configuration_xltt import XLTTConfig
from .modeling_xltt import XLTTForQuestionAnswering, XLTTModel

for _config, _model, _question_answering in ((XLTTConfig, XLTTModel, XLTTForQuestionAnswering),):
    AutoConfig.register(_config.model_type, _config, exist_ok=True)
    AutoModel.register(_config, _model, exist_ok=True)
    AutoModelForQuestionAnswering.register(_config, _question_answering, exist_ok=True)

__all__ = ["XLTTConfig", "XLTTForQuestionAnswering", "XLTTModel"]

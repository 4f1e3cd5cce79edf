"""Model classes, registered with the Auto classes; every file here travels in the checkpoints that need it."""

from transformers import AutoConfig, AutoModel, AutoModelForQuestionAnswering, AutoTokenizer
from transformers.pipelines import PIPELINE_REGISTRY

from .configuration_adversarial import AdversarialConfig
from .configuration_dual_bert import DualBertConfig
from .configuration_mapped import MappedConfig
from .configuration_qanet import QANetConfig
from .configuration_xltt import XLTTConfig
from .modeling_adversarial import AdversarialForQuestionAnswering
from .modeling_dual_bert import DualBertForQuestionAnswering, DualBertModel
from .modeling_mapped import MappedForQuestionAnswering
from .modeling_qanet import QANetForCrossLingualQA, QANetModel
from .modeling_xltt import XLTTForQuestionAnswering, XLTTModel
from .pipeline_xlqa import TASK, CrossLingualQuestionAnsweringPipeline
from .tokenization_qanet import QANetTokenizer

for _config, _model, _question_answering in (
    (DualBertConfig, DualBertModel, DualBertForQuestionAnswering),
    (QANetConfig, QANetModel, QANetForCrossLingualQA),
    (XLTTConfig, XLTTModel, XLTTForQuestionAnswering),
):
    AutoConfig.register(_config.model_type, _config, exist_ok=True)
    AutoModel.register(_config, _model, exist_ok=True)
    AutoModelForQuestionAnswering.register(_config, _question_answering, exist_ok=True)

for _wrapper in (AdversarialForQuestionAnswering, MappedForQuestionAnswering):
    AutoConfig.register(_wrapper.config_class.model_type, _wrapper.config_class, exist_ok=True)
    AutoModelForQuestionAnswering.register(_wrapper.config_class, _wrapper, exist_ok=True)
AutoTokenizer.register(QANetConfig, QANetTokenizer, exist_ok=True)
PIPELINE_REGISTRY.register_pipeline(TASK, CrossLingualQuestionAnsweringPipeline, pt_model=AutoModelForQuestionAnswering)

__all__ = [
    "AdversarialConfig",
    "AdversarialForQuestionAnswering",
    "CrossLingualQuestionAnsweringPipeline",
    "DualBertConfig",
    "DualBertForQuestionAnswering",
    "DualBertModel",
    "MappedConfig",
    "MappedForQuestionAnswering",
    "QANetConfig",
    "QANetForCrossLingualQA",
    "QANetModel",
    "QANetTokenizer",
    "XLTTConfig",
    "XLTTForQuestionAnswering",
    "XLTTModel",
]

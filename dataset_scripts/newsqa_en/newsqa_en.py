"""NewsQA as Lee and Lee (2019) train on it."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import LEE_2019
from hf_xlqa.building.config import CorpusConfig


class NewsqaEn(CorpusBuilder):
    """NewsQA in English, without questions that have no answer and stories over 600 words (Lee and Lee 2019)."""

    VERSION = Version("1.0.0")
    citation = LEE_2019
    BUILDER_CONFIGS = [CorpusConfig(name="default", source="newsqa", splits=("train",))]

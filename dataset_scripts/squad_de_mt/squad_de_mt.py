"""SQuAD 1.1 in German, by machine."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import HSU_2019
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.variants import translated


class SquadDeMt(CorpusBuilder):
    """SQuAD 1.1 machine-translated into German, questions and paragraphs, with its answers found again (Hsu et
    al. 2019).
    """

    VERSION = Version("1.0.0")
    citation = HSU_2019
    BUILDER_CONFIGS = [CorpusConfig(name="default", source="squad", variants=(translated("en", "de"),))]

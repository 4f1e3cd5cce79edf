"""DRCD in an artificial language."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import HSU_2019
from hf_xlqa.building.config import CorpusConfig, Variant


class DrcdPermuted(CorpusBuilder):
    """DRCD in an artificial language: its words, as jieba cuts them, exchanged for each other, one to one (Hsu
    et al. 2019).
    """

    VERSION = Version("1.0.0")
    citation = HSU_2019
    BUILDER_CONFIGS = [
        CorpusConfig(
            name="default", source="drcd", splits=("train", "validation", "test"), variants=(Variant("permute"),)
        )
    ]

"""The embedded sample in an artificial language."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import SPLITS, CorpusConfig, Variant


class SamplePermuted(CorpusBuilder):
    """The English sample with its words exchanged for each other: the same grammar, words that mean nothing."""

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [CorpusConfig(name="default", source="sample/en", splits=SPLITS, variants=(Variant("permute"),))]

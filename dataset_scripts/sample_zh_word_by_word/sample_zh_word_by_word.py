"""The embedded sample in Chinese, word by word."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import SPLITS, CorpusConfig
from hf_xlqa.building.variants import from_dictionary


class SampleZhWordByWord(CorpusBuilder):
    """The English sample with every word replaced by its Chinese translation, by the sample's own lexicon."""

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [
        CorpusConfig(
            name="default",
            source="sample/en",
            splits=SPLITS,
            variants=(from_dictionary("word_by_word", "en", "zh"),),
            dictionary="{sample}",
        )
    ]

"""The embedded sample in Chinese, by a toy machine."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import SPLITS, CorpusConfig
from hf_xlqa.building.variants import translated


class SampleZhMt(CorpusBuilder):
    """The English sample in Chinese, by a translator that knows words only, with its answers found again."""

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [
        CorpusConfig(
            name="default",
            source="sample/en",
            splits=SPLITS,
            variants=(translated("en", "zh"),),
            backend="lexicon:{sample}",
        )
    ]

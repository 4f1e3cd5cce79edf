"""The embedded sample in two languages at once."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.config import SPLITS, CorpusConfig
from hf_xlqa.building.variants import from_dictionary


class SampleCodeSwitched(CorpusBuilder):
    """The English sample with its words in the other language, by the sample's own lexicon."""

    VERSION = Version("1.0.0")
    BUILDER_CONFIGS = [
        CorpusConfig(
            name=language,
            source="sample/en",
            splits=SPLITS,
            variants=(from_dictionary("code_switch", "en", language),),
            dictionary="{sample}",
        )
        for language in ("zh", "ja", "ko", "de", "hi")
    ]

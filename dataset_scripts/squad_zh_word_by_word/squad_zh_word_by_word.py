"""SQuAD 1.1 in Chinese, word by word."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import LEE_2019
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.variants import from_dictionary


class SquadZhWordByWord(CorpusBuilder):
    """SQuAD 1.1 with every word replaced by its Chinese translation, in English order (Lee and Lee 2019)."""

    VERSION = Version("1.0.0")
    citation = LEE_2019
    BUILDER_CONFIGS = [
        CorpusConfig(name="default", source="squad", variants=(from_dictionary("word_by_word", "en", "zh"),))
    ]

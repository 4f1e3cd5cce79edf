"""SQuAD 1.1 in two languages at once."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import HSU_2019
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.variants import from_dictionary


class SquadCodeSwitched(CorpusBuilder):
    """SQuAD 1.1 with every word that a bilingual dictionary knows in the other language (Hsu et al. 2019)."""

    VERSION = Version("1.0.0")
    citation = HSU_2019
    BUILDER_CONFIGS = [
        CorpusConfig(name=language, source="squad", variants=(from_dictionary("code_switch", "en", language),))
        for language in ("zh", "fr", "ja", "ko")
    ]

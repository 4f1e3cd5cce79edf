"""SQuAD 1.1 augmented with translations."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import BORNEA_2021
from hf_xlqa.building.config import CorpusConfig
from hf_xlqa.building.variants import augmented

LANGUAGES = ("de", "es", "ar", "hi", "zh")
TYDIQA = ("bn", "ko", "id", "te", "ar", "ru", "fi")
CONFIGS = {
    "T(Q)": ("question",),
    "T(C)": ("context",),
    "T(Q+C)": ("both",),
    "T(ALL)": ("question", "context", "both"),
}


class SquadLaf(CorpusBuilder):
    """SQuAD 1.1 with its translations into five languages: of questions, of contexts, of both, and all of these
    with English once (Bornea et al. 2021); and with its questions in seven of TyDiQA.
    """

    VERSION = Version("1.0.0")
    citation = BORNEA_2021
    BUILDER_CONFIGS = [
        CorpusConfig(name=name, source="squad", splits=("train",), variants=augmented("en", LANGUAGES, parts))
        for name, parts in CONFIGS.items()
    ]
    BUILDER_CONFIGS.append(
        CorpusConfig(
            name="T(Q)-tydiqa", source="squad", splits=("train",), variants=augmented("en", TYDIQA, ("question",))
        )
    )

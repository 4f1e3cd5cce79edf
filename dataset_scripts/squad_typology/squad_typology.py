"""SQuAD 1.1 in other word orders."""

from datasets import Version

from hf_xlqa.building.builder import CorpusBuilder
from hf_xlqa.building.citations import HSU_2019
from hf_xlqa.building.config import CorpusConfig, Given, Variant


class SquadTypology(CorpusBuilder):
    """SQuAD 1.1 with subject, verb and object in another order (Hsu et al. 2019)."""

    VERSION = Version("1.0.0")
    citation = HSU_2019
    BUILDER_CONFIGS = [
        CorpusConfig(
            name=order, source="squad", variants=(Variant("typology", {"parses": Given("parses"), "order": order}),)
        )
        for order in ("sov", "vos", "vso", "osv", "ovs")
    ]

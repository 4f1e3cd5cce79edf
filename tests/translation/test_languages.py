"""Language codes of the checkpoints, against the tokenizers of transformers."""

from __future__ import annotations

from typing import Any

import pytest
from transformers.models.m2m_100 import tokenization_m2m_100
from transformers.models.mbart50 import tokenization_mbart50
from transformers.models.nllb import tokenization_nllb

from hf_xlqa.translation.languages import FLORES, M2M100_NAMES, MBART, LanguageMarks, language_marks

NLLB = tokenization_nllb.FAIRSEQ_LANGUAGE_CODES
MBART_50 = tokenization_mbart50.FAIRSEQ_LANGUAGE_CODES
M2M100 = [f"__{code}__" for code in tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES["m2m100"]]
MARIAN = [">>fra<<", ">>pt_br<<", ">>pt<<", ">>cmn_Hans<<", ">>cmn_Hant<<", ">>ara<<", ">>deu<<", ">>srp_Latn<<"]


class Vocabulary:
    """The part of a tokenizer that language codes are looked up in."""

    unk_token_id = 0

    def __init__(self, tokens: list[str]) -> None:
        self.numbers = {token: number for number, token in enumerate(tokens, start=1)}
        self.supported_language_codes = [token for token in tokens if token.startswith(">>")]

    def convert_tokens_to_ids(self, token: str) -> int:
        return self.numbers.get(token, 0)


def test_the_tables_name_codes_that_the_tokenizers_have() -> None:
    assert {code for codes in FLORES.values() for code in codes} <= set(NLLB)
    assert sorted(MBART.values()) == sorted(MBART_50)
    assert {f"__{code}__" for code in M2M100_NAMES.values()} <= set(M2M100)


def test_every_language_of_the_tokenizers_with_a_short_code_can_be_named() -> None:
    assert set(MBART) <= set(FLORES)
    named = {f"__{M2M100_NAMES.get(language, language)}__" for language in FLORES}
    assert set(M2M100) - named == {"__br__", "__fy__"}  # which NLLB does not have
    vocabulary = Vocabulary(M2M100)
    assert language_marks(vocabulary, "br", "fy") == LanguageMarks("br", "__fy__")


@pytest.mark.parametrize(
    ("tokens", "source", "target", "marks"),
    [
        (NLLB, "en", "zh", LanguageMarks("eng_Latn", "zho_Hans")),
        (NLLB, "zh-TW", "zh-Hans", LanguageMarks("zho_Hant", "zho_Hans")),
        (NLLB, "zh_hk", "zh-CN", LanguageMarks("zho_Hant", "zho_Hans")),
        (NLLB, "pt-BR", "ks-Deva", LanguageMarks("por_Latn", "kas_Deva")),
        (NLLB, "ace_Arab", "ar", LanguageMarks("ace_Arab", "arb_Arab")),
        (MBART_50, "en", "zh-CN", LanguageMarks("en_XX", "zh_CN")),
        (MBART_50, "ja_XX", "ko", LanguageMarks("ja_XX", "ko_KR")),
        (M2M100, "nb", "zh", LanguageMarks("no", "__zh__")),
        (MARIAN, "en", "fr", LanguageMarks(prefix=">>fra<< ")),
        (MARIAN, "en", "pt-BR", LanguageMarks(prefix=">>pt_br<< ")),
        (MARIAN, "en", "pt", LanguageMarks(prefix=">>pt<< ")),
        (MARIAN, "en", "zh", LanguageMarks(prefix=">>cmn_Hans<< ")),
        (MARIAN, "en", "zh-TW", LanguageMarks(prefix=">>cmn_Hant<< ")),
        (MARIAN, "en", "ar", LanguageMarks(prefix=">>ara<< ")),
        (MARIAN, "en", "sr-Latn", LanguageMarks(prefix=">>srp_Latn<< ")),
        (["<2en>", "<2zh>", "<2sr_Latn>"], "en", "zh", LanguageMarks(prefix="<2zh> ")),
        (["<2en>", "<2zh>", "<2sr_Latn>"], "en", "sr-Latn", LanguageMarks(prefix="<2sr_Latn> ")),
        (["▁the"], "en", "xx", LanguageMarks()),
    ],
)
def test_checkpoints_are_told_the_languages(tokens: list[str], source: str, target: str, marks: Any) -> None:
    assert language_marks(Vocabulary(tokens), source, target) == marks


@pytest.mark.parametrize(
    ("tokens", "source", "target", "message"),
    [
        (NLLB, "en", "xx", r"`target_language` must be one of af, ak, .*zh, zh-Hant, zu .*, but is 'xx' instead"),
        (NLLB, "sr-Latn", "en", "`source_language` must be one of .* but is 'sr-Latn' instead"),
        (MBART_50, "en", "zh-TW", "`target_language` must be one of af, ar, .*zh .*, but is 'zh-TW' instead"),
        (M2M100, "en", "zh-Hant", "`target_language` must be one of af, .*zh, zu .*, but is 'zh-Hant' instead"),
        (MARIAN, "en", "ja", "`target_language` must be one of ar, de, fr, pt, zh, zh-Hant .*, but is 'ja' instead"),
        (MARIAN, "en", "sr", "`target_language` must be one of ar, de, .*, but is 'sr' instead"),
        (["<2en>", "<2zh>"], "en", "ja", "`target_language` must be one of en, zh .*, but is 'ja' instead"),
    ],
)
def test_unknown_languages_list_those_there_are(tokens: list[str], source: str, target: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        language_marks(Vocabulary(tokens), source, target)

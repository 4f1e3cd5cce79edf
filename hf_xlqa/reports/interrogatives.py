"""Interrogative words by language, and the type of a question they tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from hf_xlqa.text import has_word_blanks, primary_language, terms

OTHER = "other"

INTERROGATIVES: dict[str, dict[str, str]] = {
    "en": {
        "who": "who|whom|whose",
        "what": "what",
        "when": "when",
        "where": "where",
        "which": "which",
        "why": "why",
        "how many": "how (?:many|much)",
        "how": "how",
    },
    "de": {
        "who": "wer|wen|wem|wessen",
        "what": "was|wo(?:bei|durch|für|gegen|her|hin|mit|nach|ran|rauf|raus|rin|rüber|rum|runter|von|vor|zu)",
        "when": "wann",
        "where": "wo|woher|wohin",
        "which": "welche[mnrs]?",
        "why": "warum|weshalb|wieso",
        "how many": "wie ?viele?",
        "how": "wie",
    },
    "es": {
        "who": "quién|quiénes",
        "what": "qué",
        "when": "cuándo",
        "where": "a?dónde",
        "which": "cuál|cuáles",
        "why": "por qué",
        "how many": "cuánt[oa]s?",
        "how": "cómo",
    },
    "fr": {
        "who": "qui",
        "what": "que|qu|quoi",
        "when": "quand",
        "where": "où",
        "which": "(?:au|aux|des|du|la|le|les)?quel(?:le)?s?",
        "why": "pourquoi",
        "how many": "combien",
        "how": "comment",
    },
    "ro": {
        "who": "cine|cui",
        "what": "ce",
        "when": "când",
        "where": "unde",
        "which": "care",
        "why": "de ce",
        "how many": "cât|câtă|câți|câte",
        "how": "cum",
    },
    "el": {
        "who": "ποιος|ποιον|ποιοι|ποιους|ποιανού",
        "what": "τι",
        "when": "πότε",
        "where": "πού",
        "which": "ποια|ποιαν|ποιας|ποιο|ποιες|ποιων",
        "why": "γιατί",
        "how many": "πόσ(?:ο|α|οι|ες|ους|ων|η|ης|ος)",
        "how": "πώς",
    },
    "ru": {
        "who": "кто|кого|кому|кем|ком|чь[яёеи]|чей|чьей|чьего|чьим|чьём|чьих",
        "what": "что|чего|чему|чем|чём",
        "when": "когда",
        "where": "где|куда|откуда",
        "which": "как(?:ов[аоы]?|ой|ая|ое|ие|ого|ому|ом|их|ими?|ую)|котор(?:ый|ая|ое|ые|ого|ому|ом|ых|ыми?|ую|ой)",
        "why": "почему|зачем|отчего",
        "how many": "сколько|скольких|скольким|сколькими",
        "how": "как|насколько",
    },
    "tr": {
        "who": "kim(?:i|e|in|den|de|ler|dir|leri|lerin|lere|le)?",
        "what": "ne|neyi|neye|neyin|neler|nedir|nelerdir",
        "when": "ne zaman",
        "where": "nere(?:de|ye|den|si|ler)\\w*",
        "which": "hangi\\w*",
        "why": "neden|niçin|niye",
        "how many": "kaç\\w*|ne kadar\\w*",
        "how": "nasıl\\w*",
    },
    "vi": {
        "who": "ai",
        "what": "gì",
        "when": "khi nào|bao giờ|lúc nào",
        "where": "đâu",
        "which": "nào",
        "why": "tại sao|vì sao|sao",
        "how many": "bao nhiêu|mấy",
        "how": "như thế nào|thế nào|làm sao|ra sao|bao (?:lâu|xa)",
    },
    "hi": {
        "who": "कौन|किस(?:ने|को|का|के|की|से|में|पर)|किसे|किन्होंने|किन्हें|किनका|किनके|किनकी",
        "what": "क्या",
        "when": "कब",
        "where": "कहाँ|कहां|किधर",
        "which": "कौन ?सा|कौन ?सी|कौन ?से|किस|किन",
        "why": "क्यों",
        "how many": "कितने|कितनी|कितना|कितनों",
        "how": "कैसे|कैसा|कैसी",
    },
    "ar": {
        # Without vowels من is "who" or "from", ما "what" or much else: they count in front, and before a pronoun.
        "who": "(?<=^ )[وفل]?من|من(?= (?:هو|هي|هم|كان|كانت) )|(?<=مع )من|لمن|بمن",
        "what": "(?<=^ )[وف]?ما|ما(?= (?:هو|هي|هم|الذي|التي|كان|كانت) )|ماهو|ماهي|مالذي|[وفب]?ماذا|فيم|مم",
        "when": "[وف]?متى",
        "where": "[وف]?أين|اين",
        "which": "[وفبل]?(?:أي|أية|أيّ|اي)",
        "why": "[وف]?لماذا",
        "how many": "[وفبل]?كم",
        "how": "[وف]?كيف",
    },
    "ko": {
        "who": "누구\\w*|누가|누굴",
        "what": "무엇\\w*|무슨|뭐\\w*|뭘|무얼",
        "when": "언제\\w*",
        "where": "어디\\w*",
        "which": "어느|어떤",
        "why": "왜",
        "how many": "얼마\\w*|몇\\w*",
        "how": "어떻게",
    },
    "zh": {
        "who": "谁|誰|何人|哪位",
        "what": "什么|什麼|甚麼|何",
        "when": "什么时候|什么时间|什麼時候|什麼時間|甚麼時候|何时|何時",
        "where": "哪里|哪裡|哪裏|哪儿|哪兒|何处|何處|何地",
        "which": "哪",
        "why": "为什么|為什麼|為甚麼|为何|為何|为啥",
        "how many": "多少|[几幾](?![乎何内內率])",
        "how": "怎么|怎麼|怎样|怎樣|如何|多[大长長高久远遠深重快]",
    },
    "ja": {
        "who": "誰|だれ|どなた",
        "what": "何|なに|なん|どんな",
        "when": "いつ|何時",
        "where": "どこ",
        "which": "どの|どれ|どちら",
        "why": "なぜ|何故|どうして",
        "how many": "いくつ|いくら|ど(?:の[くぐ]らい|れ(?:くらい|だけ))|何(?:[人個回件本枚台度歳つ百千万%]|年間|種類)",
        "how": "どのように|どうやって|どう|いかに",
    },
    "th": {
        "who": "ใคร",
        "what": "อะไร",
        "when": "เมื่อไร|เมื่อไหร่|เมื่อใด",
        "where": "ที่ไหน|ที่ใด",
        "which": "ไหน|ใด",
        "why": "ทำไม|เหตุใด|เพราะเหตุใด",
        "how many": "เท่าไร|เท่าไหร่|เท่าใด|กี่",
        "how": "อย่างไร|ยังไง",
    },
}
"""Alternatives of a pattern by language and type: of whole words, or of any part of a text without word blanks."""

TYPES = (*INTERROGATIVES["en"], OTHER)
"""The types of questions."""


def question_type(question: str, language: str) -> str:
    """The type of a question, told by its first interrogative word, wherever it stands.

    Languages that put it in front ("In which year ...") and those that leave it in place ("...是什么")
    are so treated alike. The type is that of the word, not of what is asked for: "in which year" is
    "which". Relative words cannot be told from interrogatives where a language has one word for both.

    Args:
        question: the question.
        language: ISO 639-1 code of the question, region tags allowed.

    Returns:
        One of `TYPES`: "other" where no interrogative is found, "other (no words for fi)" where the
        language is not in `INTERROGATIVES`.
    """
    primary = primary_language(language)
    if primary not in INTERROGATIVES:
        return f"{OTHER} (no words for {primary})"
    asked = terms(unicodedata.normalize("NFC", question))
    text = f" {' '.join(asked)} " if has_word_blanks(primary) else "".join(asked)
    found = [
        (match.start(), -match.end(), kind) for kind, pattern in _patterns(primary) for match in pattern.finditer(text)
    ]
    return min(found, default=(0, 0, OTHER))[2]


@cache
def _patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    form = "(?<= )(?:{})(?= )" if has_word_blanks(language) else "{}"
    table: Mapping[str, str] = INTERROGATIVES[language]
    return [(kind, re.compile(form.format(unicodedata.normalize("NFC", words)))) for kind, words in table.items()]

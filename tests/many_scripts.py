"""Examples in six scripts for property tests: words, numbers, marks and blanks, any span an answer."""

from __future__ import annotations

from hypothesis import strategies as st

from hf_xlqa.schema import Answer, Example

WORDS = {
    "en": ["The", "the", "king", "of", "Norway", "can't", "re-elected", "cafe\u0301", "4S", "1905", "3.5"],
    "zh": ["南京市", "長江", "大橋", "的", "国王", "ABC", "1905", "年", "々"],
    "ja": ["東京", "タワー", "です", "の", "ｶﾞ", "Tower", "333", "メートル"],
    "ko": ["서울의", "왕", "한국", "1905년", "은행에서"],
    "hi": ["दिल्ली", "की", "राजा", "क\u094dषत्रिय", "१९०५", "हिन्दी"],
    "ar": ["الملك", "مدينة", "في", "مَدْرَسَة", "١٩٠٥", "بيروت"],
}
"""Words by language, numbers, decomposed letters and marks among them."""
_MARKS = [
    " ",
    " ",
    " ",
    "",
    "  ",
    "\n",
    "\u00a0",
    ", ",
    ". ",
    "，",
    "。",
    "। ",
    "؟ ",
    "(",
    ")",
    "'",
    " – ",
    "\ufeff",
    "\u200d",
]


def texts(language: str) -> st.SearchStrategy[str]:
    """A few words with something between them, never all blank."""
    word = st.sampled_from(WORDS[language])
    between = st.sampled_from(_MARKS)
    return st.lists(st.tuples(between, word), min_size=1, max_size=12).map(
        lambda parts: "".join(mark + word for mark, word in parts)
    )


@st.composite
def examples(draw: st.DrawFn, language: str) -> Example:
    """A context, a question and one to three spans of the context, none all blank, as answers."""
    context, question = draw(texts(language)), draw(texts(language))
    answers = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.sampled_from([place for place, each in enumerate(context) if not each.isspace()]))
        end = draw(st.integers(start + 1, len(context)))
        answers.append(Answer(context[start:end], start))
    return Example("q1", "q1", "", context, question, tuple(answers), language, language, "toy")

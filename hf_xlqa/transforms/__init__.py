"""Changes to a corpus, one a file; `plugins.find("transforms", NAME)` is the class of that file."""

SHARED = (
    "transform",
    "text_transform",
    *(
        "conllu_file",
        "paired_marks",
        "parses",
        "projective",
        "sentence_layout",
        "sentence_parse",
        "stanza_parser",
        "word_order",
    ),
)

"""Frozen word vectors of QANet: the words of a corpus, their vectors, and one table of several languages.

vocabulary = build_vocabulary(examples)
tokenizer = vocabulary.tokenizer()
english = read_vectors("cc.en.300.vec.gz", vocabulary.words_of("en"))
chinese = train_vectors(examples, "zh", vocabulary.words_of("zh"))
table = build_table(vocabulary, {"en": english, "zh": chinese}, target_language="en", dictionaries=[zh_en])
"""

from hf_xlqa.word_vectors.table import WordTable, build_table, load_table
from hf_xlqa.word_vectors.training import train_vectors
from hf_xlqa.word_vectors.vec_file import VectorFileError, read_vectors, write_vectors
from hf_xlqa.word_vectors.vectors import Vectors
from hf_xlqa.word_vectors.vocabulary import Vocabulary, build_vocabulary, corpus_texts

__all__ = [
    "VectorFileError",
    "Vectors",
    "Vocabulary",
    "WordTable",
    "build_table",
    "build_vocabulary",
    "corpus_texts",
    "load_table",
    "read_vectors",
    "train_vectors",
    "write_vectors",
]

"""Answers by way of another language, and the models that find them again (Cui et al. 2019, section 3)."""

from hf_xlqa.back_translation.pipeline import BackTranslation as BackTranslation
from hf_xlqa.back_translation.pipeline import TranslatedAnswer as TranslatedAnswer
from hf_xlqa.back_translation.reader import BackTranslatedPrediction as BackTranslatedPrediction
from hf_xlqa.back_translation.reader import BackTranslationReader as BackTranslationReader
from hf_xlqa.back_translation.training_data import write_training_data as write_training_data

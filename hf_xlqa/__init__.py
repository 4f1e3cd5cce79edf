"""Cross-lingual extractive question answering on the Hugging Face stack."""

__version__ = "0.1.0"

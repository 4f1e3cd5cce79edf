"""Cross-lingual extractive question answering on the Hugging Face stack.

Importing the package registers its models with transformers' Auto classes.
"""

from hf_xlqa import models as models

__version__ = "0.1.0"

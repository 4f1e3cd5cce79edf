"""Cross-lingual extractive question answering on the Hugging Face stack.

Importing the package registers its models with transformers' Auto classes.
"""

from hf_xlqa import models as models
from hf_xlqa.metrics import load_metric as load_metric

__version__ = "0.1.0"

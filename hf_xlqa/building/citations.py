"""BibTeX of the papers whose corpora can be built."""

LEE_2019 = """@article{lee2019cross,
  title = {Cross-Lingual Transfer Learning for Question Answering},
  author = {Lee, Chia-Hsuan and Lee, Hung-Yi},
  journal = {arXiv preprint arXiv:1907.06042},
  year = {2019}
}"""
HSU_2019 = """@inproceedings{hsu2019zero,
  title = {Zero-shot Reading Comprehension by Cross-lingual Transfer Learning with Multi-lingual Language
           Representation Model},
  author = {Hsu, Tsung-Yuan and Liu, Chi-Liang and Lee, Hung-yi},
  booktitle = {Proceedings of EMNLP-IJCNLP},
  year = {2019}
}"""
BORNEA_2021 = """@inproceedings{bornea2021multilingual,
  title = {Multilingual Transfer Learning for QA Using Translation as Data Augmentation},
  author = {Bornea, Mihaela and Pan, Lin and Rosenthal, Sara and Florian, Radu and Sil, Avirup},
  booktitle = {Proceedings of AAAI},
  year = {2021}
}"""
WU_2021 = """@article{wu2021improving,
  title = {Improving Low-resource Reading Comprehension via Cross-lingual Transposition Rethinking},
  author = {Wu, Gaochen and Xu, Bin and Qin, Yuxin and Kong, Fei and Liu, Bangchang and Zhao, Hongwen and Chang, Dejie},
  journal = {arXiv preprint arXiv:2107.05002},
  year = {2021}
}"""

"""Small checkpoints in Detoxify's own format, of all four architectures, with random weights.

Each comes with a folder of configuration and tokenizer, as the hub would have it: WordPiece for
BERT, byte-level BPE for RoBERTa, and a sentencepiece file for XLM-RoBERTa and ALBERT, trained here
on a few sentences.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLASSES = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
KINDS = ("bert", "roberta", "xlm-roberta", "albert")

SENTENCES = (
    "you are a fool and everybody knows it",
    "hello friend , what a lovely day for the town",
    "the council met on monday to talk about the bridge",
    "nobody asked for your opinion , go home",
    "ты дурак и все это знают",
    "спасибо за статью , очень интересно",
    "espèce d'imbécile , tais-toi",
    "merci pour cet article très clair",
    "שלום עולם מה שלומך",
    "مرحبا بالعالم كيف حالك",
    "I will find out where you live !",
    "The Mayor of Leeds said: 12345 ?",
)

_FAMILIES = {"bert": "Bert", "roberta": "Roberta", "xlm-roberta": "XLMRoberta", "albert": "Albert"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallCheckpoint:
    """A checkpoint file, and the folder with its configuration and tokenizer."""

    path: Path
    config: Path


def make_checkpoint(
    folder: Path, kind: str = "bert", outputs: int = len(CLASSES), **changes: Any
) -> SmallCheckpoint:
    """Write a checkpoint as Detoxify's training code would; ``changes`` go into its settings.

    With more ``outputs`` than classes it is like Detoxify's 'unbiased', which was trained to tell
    identities too, and gives the classes first.
    """
    import torch
    import transformers

    config_folder = folder / f"{kind}-base"
    config_folder.mkdir(parents=True)
    size = _TOKENIZERS[kind](config_folder)
    family = _FAMILIES[kind]
    model_class = getattr(transformers, f"{family}ForSequenceClassification")
    config = model_class.config_class(**_sizes(kind, size), num_labels=outputs)
    config.save_pretrained(config_folder)
    torch.manual_seed(1)
    model = model_class(config)
    arguments = {
        "model_type": f"nobody/{kind}-base",
        "model_name": f"{family}ForSequenceClassification",
        "tokenizer_name": f"{family}Tokenizer",
        "num_classes": outputs,
        **changes,
    }
    path = folder / f"{kind}.ckpt"
    settings = {"arch": {"args": arguments}, "dataset": {"args": {"classes": list(CLASSES)}}}
    torch.save({"config": settings, "state_dict": model.state_dict()}, path)
    return SmallCheckpoint(path=path, config=config_folder)


def theirs(made: SmallCheckpoint) -> Any:
    """Load a checkpoint with Detoxify itself, its own way.

    Its loader asks the hub for the configuration that the checkpoint names, so a copy that names
    the folder is loaded.
    """
    import torch
    from detoxify import Detoxify

    loaded = torch.load(made.path, weights_only=True)
    loaded["config"]["arch"]["args"]["model_type"] = str(made.config)
    local = made.path.with_suffix(".local.ckpt")
    torch.save(loaded, local)
    return Detoxify(checkpoint=str(local), huggingface_config_path=str(made.config))


def _sizes(kind: str, vocabulary: int) -> dict[str, Any]:
    offset = 2 if "roberta" in kind else 0
    return {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "initializer_range": 0.3,
        "max_position_embeddings": 512 + offset,
        "pad_token_id": 1 if offset else 0,
        "type_vocab_size": 1 if offset else 2,
        "layer_norm_eps": 1e-5 if offset else 1e-12,
        **({"embedding_size": 16} if kind == "albert" else {}),
    }


def _word_piece(folder: Path) -> int:
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = sorted({word for sentence in SENTENCES for word in sentence.lower().split()})
    letters = sorted({letter for word in words for letter in word})
    pieces = list(dict.fromkeys([*special, *words, *letters, *(f"##{one}" for one in letters)]))
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    _describe(folder, tokenizer_class="BertTokenizer", do_lower_case=True)
    return len(pieces)


def _byte_pairs(folder: Path) -> int:
    from tokenizers import ByteLevelBPETokenizer

    trainer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer.train_from_iterator(SENTENCES, vocab_size=400, min_frequency=1, special_tokens=special)
    trainer.save_model(str(folder))
    _describe(folder, tokenizer_class="RobertaTokenizer")
    return int(trainer.get_vocab_size())


def _sentence_pieces(folder: Path, file: str, **options: Any) -> int:
    import io

    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4),
        model_writer=written,
        vocab_size=150,
        hard_vocab_limit=False,
        minloglevel=2,
        **options,
    )
    (folder / file).write_bytes(written.getvalue())
    return int(
        sentencepiece.SentencePieceProcessor(model_proto=written.getvalue()).get_piece_size()
    )


def _xlm_pieces(folder: Path) -> int:
    size = _sentence_pieces(folder, "sentencepiece.bpe.model", unk_id=0, bos_id=1, eos_id=2)
    _describe(folder, tokenizer_class="XLMRobertaTokenizer")
    return size + 2  # its own numbering has <pad> in front and <mask> behind


def _albert_pieces(folder: Path) -> int:
    size = _sentence_pieces(
        folder,
        "spiece.model",
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]"],
        user_defined_symbols=["[MASK]"],
    )
    _describe(folder, tokenizer_class="AlbertTokenizer", do_lower_case=True)
    return size


def _describe(folder: Path, **settings: Any) -> None:
    described = {"model_max_length": 512, **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")


_TOKENIZERS = {
    "bert": _word_piece,
    "roberta": _byte_pairs,
    "xlm-roberta": _xlm_pieces,
    "albert": _albert_pieces,
}

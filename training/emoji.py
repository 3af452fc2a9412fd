"""Gives the vocabulary emoji: the base has none, and reads a word with one in it as unknown.

Each takes the place of one of the base's unused word pieces, so that the model grows by nothing.
Its embedding starts as the mean of those of the words in its Unicode name.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

EMOJI = (
    "☀☁☄★☆☎☏☑☔☕☘☝☠☢☥☪☭☮☯☹☺☼☽☾♀♂♋♏♑♒♠♡♣♥♦♩♪♫♬♿"
    "⚒⚔⚕⚖⚘⚜⚞⚟⚠⚡⚪⚫⚰⚽⚾⛈⛓⛔⛩⛪⛱⛴⛹⛺⛽✂✅✈✉✊✋✌✍✔✖✝✡✨✭✰"
    "✽✿❄❌❓❔❕❗❝❞❣❤❯➔➕➖➡➨⭐🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇷🇸🇹🇺🇼"
    "🇽🇿🌀🌃🌇🌈🌉🌊🌍🌎🌏🌙🌚🌛🌜🌝🌞🌟🌤🌦🌧🌩🌪🌫🌬🌭🌮🌯🌱🌸🌹🌺🌻🌼🌽🌾🍀🍁🍂🍃"
    "🍄🍅🍆🍇🍉🍋🍌🍍🍎🍏🍐🍑🍒🍓🍔🍕🍗🍙🍚🍛🍜🍞🍟🍢🍣🍤🍥🍩🍪🍫🍭🍰🍱🍲🍳🍵🍶🍷🍸🍹"
    "🍺🍻🍼🍾🍿🎁🎂🎃🎄🎅🎆🎇🎈🎉🎊🎌🎎🎏🎒🎓🎖🎠🎡🎢🎤🎥🎧🎨🎩🎪🎬🎭🎮🎯🎲🎳🎵🎶🎸🎼"
    "🏀🏁🏂🏃🏄🏆🏇🏈🏉🏊🏋🏌🏍🏎🏏🏕🏗🏙🏚🏜🏝🏞🏟🏠🏡🏢🏥🏦🏧🏨🏩🏫🏭🏰🏳🏴🏹🏻🏼🏽"
    "🏾🏿🐀🐁🐂🐃🐄🐅🐆🐇🐈🐉🐊🐋🐌🐍🐎🐏🐐🐑🐒🐓🐔🐕🐖🐗🐘🐙🐚🐛🐜🐝🐞🐟🐠🐡🐢🐣🐤🐥"
    "🐦🐧🐨🐩🐪🐫🐬🐭🐮🐯🐰🐱🐲🐳🐴🐵🐶🐷🐸🐹🐺🐻🐼🐽🐾🐿👀👁👂👃👄👅👆👇👈👉👊👋👌👍"
    "👎👏👐👑👒👔👘👙👚👜👞👟👠👣👤👥👦👧👨👩👪👫👬👭👮👯👰👱👲👳👴👵👶👷👸👹👺👻👼👽"
    "👾👿💀💁💂💃💄💅💆💇💈💉💊💋💌💍💎💏💐💑💓💔💕💖💗💘💙💚💛💜💝💞💟💠💡💢💣💤💥💦"
    "💨💩💪💫💬💮💯💰💲💳💵💸💻💼📉📌📑📔📖📙📚📝📢📣📫📬📮📰📱📲📸📺📽📿🔊🔌🔑🔒🔔🔘"
    "🔚🔜🔝🔞🔤🔥🔧🔨🔪🔫🔬🔮🔯🔱🔴🔵🔶🔸🕉🕋🕌🕍🕎🕗🕰🕳🕴🕵🕶🕷🕸🕺🖐🖕🖖🖤🗑🗒🗝🗡"
    "🗣🗨🗳🗺🗽🗾🗿😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓😔😕😖😗😘😙😚😛😜😝😞😟😠"
    "😡😢😣😤😥😦😧😨😩😪😫😬😭😮😯😰😱😲😳😴😵😶😷😸😹😺😻😼😽😾😿🙀🙁🙂🙃🙄🙅🙆🙇🙈"
    "🙉🙊🙋🙌🙍🙎🙏🚀🚁🚂🚅🚌🚍🚐🚑🚒🚓🚕🚗🚘🚙🚜🚣🚤🚨🚩🚫🚬🚭🚮🚯🚰🚲🚳🚴🚶🚸🚹🚺🚻"
    "🚼🚽🚾🚿🛀🛁🛂🛃🛌🛎🛐🛒🛢🛣🛩🛫🛬🛸🤌🤍🤎🤏🤐🤑🤒🤓🤔🤕🤖🤗🤘🤙🤚🤛🤜🤝🤞🤟🤠🤡"
    "🤢🤣🤤🤥🤦🤧🤨🤩🤪🤫🤬🤭🤮🤯🤰🤱🤲🤳🤴🤵🤶🤷🤸🤹🤺🤻🤼🤽🤾🤿🥀🥁🥂🥃🥄🥅🥆🥇🥈🥉"
    "🥊🥋🥌🥍🥎🥏🥐🥑🥒🥓🥔🥕🥖🥗🥘🥙🥚🥛🥜🥝🥞🥟🥠🥡🥢🥣🥤🥥🥦🥧🥨🥩🥪🥫🥬🥭🥮🥯🥰🥱"
    "🥲🥳🥴🥵🥶🥸🥺🦁🦂🦄🦅🦇🦈🦊🦋🦍🦎🦓🦗🦝🦶🧀🧐🧑🧒🧓🧔🧕🧖🧘🧙🧚🧛🧝🧞🧟🧠🧡🧢🧣"
    "🧤🫠🫡🫶"
)
"""Those of the training sets, and the commonest faces, hands, hearts and animals."""

APART = "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55]"
"""What is cut off from the letters around it: every emoji, also those without a place."""


def tokenizer_json(base: Path) -> str:
    """Give the base's tokenizer with emoji in its vocabulary, neither cutting nor padding."""
    described = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))
    # Cutting and padding are the scorer's business; the base's own settings would cut in silence.
    described["truncation"] = described["padding"] = None
    places = _places(described["model"]["vocab"])
    described["model"]["vocab"] = {
        places.get(piece, piece): number for piece, number in described["model"]["vocab"].items()
    }
    cut = {
        "type": "Split",
        "pattern": {"Regex": APART},
        "behavior": "Isolated",
        "invert": False,
    }
    described["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [cut, described["pre_tokenizer"]],
    }
    return json.dumps(described, ensure_ascii=False, separators=(",", ":"))


def teach_emoji(model: BertForSequenceClassification, base: Path) -> None:
    """Set the embeddings of the emoji to what the words of their names mean."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    table = model.get_input_embeddings().weight
    with torch.no_grad():
        for piece, emoji in _places(tokenizer.get_vocab()).items():
            name = unicodedata.name(emoji).lower()
            pieces = tokenizer.encode(name, add_special_tokens=False).ids
            table[tokenizer.token_to_id(piece)] = table[pieces].mean(dim=0)


def _places(vocabulary: dict[str, int]) -> dict[str, str]:
    unused = [piece for piece in vocabulary if re.fullmatch(r"\[unused\d+\]", piece)]
    return dict(zip(sorted(unused, key=vocabulary.__getitem__), EMOJI, strict=False))

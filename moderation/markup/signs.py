"""What the names of an element say of its part in a comment section.

The names stand in ``signs.json``, where someone without Python can read and add to them. A class
is read as words (``commentBody``, ``comment-body``, ``commentbody``), since every theme spells its
own. Knows single elements only, nothing of pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from moderation.records import CommentKind

Role = Literal[
    "item", "body", "title", "author", "date", "head", "foot", "form", "list", "aside", ""
]
"""What an element is: a comment, the words in it, what stands around them, or nothing known."""

DATA: Mapping[str, Any] = json.loads(
    files(__package__).joinpath("signs.json").read_text(encoding="utf-8")
)
MOST_REMEMBERED = 8192
LONGEST_NAME = 200
"""Of a class attribute or an id, no more characters are looked at."""

NAMELESS_TAGS = frozenset("html body head main form input textarea label script".split())
INLINE_TAGS = frozenset(
    "a abbr acronym b bdi bdo big cite code data del em font i img ins kbd mark nobr q rp rt ruby s"
    " samp small span strike strong sub sup time tt u var wbr picture svg".split()
)
HEADING_TAGS = frozenset("h1 h2 h3 h4 h5 h6".split())


def words_of(name: str) -> frozenset[str]:
    """Return one list of words of the data."""
    return frozenset[str](DATA[name])


_STEMS = sorted(
    {stem for stems in DATA["comment_stems"].values() for stem in stems}, key=len, reverse=True
)
_STEM = re.compile(
    rf"({'|'.join(map(re.escape, _STEMS))})(s|e|n|es|en|er|ers|or|ing)?(?![a-z]+ary)"
)
_NO_STEMS = words_of("no_stems")
_WORD = re.compile(r"[A-Z]+(?![a-zà-ÿ])|[A-Z]?[a-zà-ÿ]+|\d+|#")
_HASH = re.compile(r"(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{6,}(?:-[0-9a-fA-F]{4,})*|\d+")
_BARE_ID = re.compile(r"(?:c|cmt|com|reply|pc)[-_]?#")
_DEPTH = re.compile(r"(?:depth|level|lvl|indent|nivel|ebene|niveau)[-_]?(\d{1,2})")
_WORDS_BY_ROLE: tuple[tuple[Role, frozenset[str]], ...] = (
    ("author", words_of("author_words")),
    ("date", words_of("date_words")),
    ("title", words_of("title_words")),
    ("head", words_of("head_words")),
    ("foot", words_of("foot_words")),
    ("body", words_of("body_words")),
)
_FORM_WORDS = words_of("form_words")
_FORM_OPENINGS = _FORM_WORDS - {"field", "fields"}  # 'field-name-comment-body' holds words
_LIST_WORDS = words_of("list_words")
_ASIDE_WORDS = words_of("aside_words")
_NEUTRAL_BEFORE = words_of("neutral_words_before")
_COUNTING_BEFORE = words_of("counting_words_before")
_FORM_BEFORE = words_of("form_words_before")
_REPLY_LIST_WORDS = words_of("reply_list_words")
_SCHEMA_TYPES = words_of("schema_types")
_SYSTEMS: Mapping[str, tuple[Role, str]] = {
    token.lower(): (role, system)
    for system, roles in DATA["systems"].items()
    for role, tokens in roles.items()
    for token in tokens
}
_MICRODATA: Mapping[str, Role] = {
    "comment": "item",
    "author": "author",
    "creator": "author",
    "name": "author",
    "datepublished": "date",
    "datecreated": "date",
    "commenttime": "date",
    "text": "body",
    "commenttext": "body",
}


class Sign(NamedTuple):
    """What an element's names say.

    ``firm`` tells that they speak of comments and not only, say, of a date. ``number`` is the name
    that the site gives to the comment, ``key`` the names without numbers, alike for all comments of
    a page; ``depth`` how deep the reply is nested, where a class says so.
    """

    role: Role = ""
    firm: bool = False
    number: str = ""
    key: str = ""
    kind: CommentKind = "comment"
    depth: int | None = None
    system: str = ""
    nests: bool = False
    exact: bool = False
    bare: bool = False


NOTHING = Sign()


def read_sign(tag: str, attributes: Mapping[str, str | None]) -> Sign:
    """Return what an element's class, id and microdata say."""
    if tag in NAMELESS_TAGS:
        return NOTHING
    classes = (attributes.get("class") or "")[:LONGEST_NAME]
    name = (attributes.get("id") or "")[:LONGEST_NAME]
    itemprop, itemtype = attributes.get("itemprop") or "", attributes.get("itemtype") or ""
    if not (classes or name or itemprop or itemtype or tag == "time"):
        return NOTHING
    sign = _read(tag, classes, _HASH.sub("#", name), itemprop, itemtype)
    if not (sign.firm or sign.bare):
        return sign
    takes_any = sign.bare or bool(sign.system)
    number = (attributes.get("data-comment-id") or "")[:LONGEST_NAME]
    number = number or _number(name, takes_any)
    return sign._replace(number=number) if number else sign


def _number(name: str, takes_any: bool) -> str:
    """Return the number in an id: the longest, and the last of these."""
    if not takes_any and _read_token(_HASH.sub("#", name)).firm is False:
        return ""
    return max(reversed(_HASH.findall(name)), key=len, default="")


@lru_cache(maxsize=MOST_REMEMBERED)
def _read(tag: str, classes: str, name: str, itemprop: str, itemtype: str) -> Sign:
    """Weigh all names of an element against each other; the id has its numbers taken out."""
    votes = [_read_token(token) for token in classes.split()[:30]]
    bare = _BARE_ID.fullmatch(name) is not None
    if name:
        # 'comment-12' may also be the anchor on the line with the writer, if the class says so.
        vote = _Vote("item", False) if bare else _read_token(name)
        votes.append(vote._replace(exact=False))
        if vote.role == "item" and "#" in name:
            votes = [vote for vote in votes if vote.role != "form"]  # class 'post-comment'
    role, firm, exact, system = _strongest(votes, tag)
    if itemtype and itemtype.rstrip("/").rsplit("/", 1)[-1].lower() in _SCHEMA_TYPES:
        role, firm, exact = "item", True, True
    elif itemprop and (not firm or role == ""):
        properties = [_MICRODATA.get(word.lower(), "") for word in itemprop.split()]
        named: Role = next((found for found in properties if found), "")
        if named:
            role, firm = named, named == "item"
            exact = firm
    if tag == "time" and role in ("", "head"):
        role = "date"
    depth = _DEPTH.search(classes)
    return Sign(
        role=role,
        firm=firm,
        key=f"{tag}.{_first_class(classes)}" if classes else f"{tag}#{name}",
        kind=_kind(classes),
        depth=int(depth[1]) if depth is not None else None,
        system=system,
        exact=exact,
        nests=any(
            not _REPLY_LIST_WORDS.isdisjoint(_words(token)) for token in (*classes.split(), name)
        ),
        bare=bare,
    )


def _first_class(classes: str) -> str:
    """Return the class that comments of one page share: the first that speaks of comments."""
    tokens = classes.split()
    firm = next(
        (token for token in tokens if _STEM.search(token.lower())), tokens[0] if tokens else ""
    )
    return _HASH.sub("#", firm)


def _kind(classes: str) -> CommentKind:
    """Return whether a class marks an element as another site's notice."""
    if "ping" not in classes and "track" not in classes:
        return "comment"
    tokens = {_HASH.sub("", token).strip("-_").lower() for token in classes.split()}
    if tokens & {"pingback", "pings", "ping"}:
        return "pingback"
    return "trackback" if "trackback" in tokens else "comment"


class _Vote(NamedTuple):
    role: Role
    firm: bool
    exact: bool = False
    system: str = ""


_NO_VOTE = _Vote("", False)
_ORDER: Mapping[Role, int] = {
    "aside": 9,
    "form": 8,
    "body": 7,
    "author": 6,
    "date": 5,
    "title": 4,
    "head": 4,
    "foot": 4,
    "item": 3,
    "list": 2,
    "": 0,
}


def _strongest(votes: Iterable[_Vote], tag: str) -> tuple[Role, bool, bool, str]:
    """Return the role that an element's names agree on best."""
    best = max(
        votes, key=lambda v: (bool(v.system), v.exact, v.firm, _ORDER[v.role]), default=_NO_VOTE
    )
    if best.role == "item" and (tag in HEADING_TAGS or tag in INLINE_TAGS):
        # A link to the comments, or the words of one where a page has only spans.
        if tag == "span" and best.exact:
            return "body", best.firm, True, best.system
        return "", False, False, ""
    if best.role == "list" and (tag in INLINE_TAGS or tag in HEADING_TAGS):
        return "", False, False, ""
    return best.role, best.firm, best.exact, best.system


@lru_cache(maxsize=MOST_REMEMBERED)
def _read_token(token: str) -> _Vote:
    """Return what one class or id says of an element."""
    known = _SYSTEMS.get(token.lower())
    if known is not None:
        return _Vote(known[0], True, True, known[1])
    words = _words(token)
    if not words:
        return _NO_VOTE
    if words in (("pingback",), ("trackback",)):
        return _Vote("item", True, True)
    places = [place for place, word in enumerate(words) if word[0] == "="]
    if not places:
        return _soft(words)
    last = places[-1]
    before = tuple(word for word in words[:last] if word[0] not in "#=")
    after = tuple(word for word in words[last + 1 :] if word != "#")
    return _firm(before, words[last], after)


def _firm(before: tuple[str, ...], stem: str, after: tuple[str, ...]) -> _Vote:
    """Return what a name that speaks of comments says by the words around that."""
    around = (*before, *after)
    if not _ASIDE_WORDS.isdisjoint(around):
        return _Vote("aside", True)
    if not _COUNTING_BEFORE.isdisjoint(before):
        return _Vote("foot", False)
    posts = stem == "=" and not after and not _FORM_BEFORE.isdisjoint(before)
    if posts or not _FORM_WORDS.isdisjoint(after) or not _FORM_OPENINGS.isdisjoint(before):
        return _Vote("form", True)
    if stem == "=er":
        return _Vote("author", True)
    return _plural(after) if stem == "=s" else _single(before, after)


def _single(before: tuple[str, ...], after: tuple[str, ...]) -> _Vote:
    """Return what 'comment' says with the words before and behind it."""
    if not _LIST_WORDS.isdisjoint(after):
        return _Vote("list", True)
    # The first word that says anything decides: 'comment-author-link' is about the writer.
    for word in after:
        for role, known in _WORDS_BY_ROLE:
            if word in known:
                return _Vote(role, True)
    return _Vote("item", True, not after and _NEUTRAL_BEFORE.issuperset(before))


def _plural(after: tuple[str, ...]) -> _Vote:
    """Return what 'comments' and the words behind it say."""
    for role, known in _WORDS_BY_ROLE[:5]:
        if not known.isdisjoint(after):
            return _Vote("head" if role in ("author", "title") else role, False)
    return _Vote("list", True)


def _soft(words: tuple[str, ...]) -> _Vote:
    """Return what a name says that does not speak of comments."""
    for role, known in _WORDS_BY_ROLE:
        if not known.isdisjoint(words):
            return _Vote(role, False)
    return _NO_VOTE


@lru_cache(maxsize=MOST_REMEMBERED)
def _words(name: str) -> tuple[str, ...]:
    """Return a name's words, with ``=`` for a comment, ``=s`` for many, ``=er`` for its writer."""
    found: list[str] = []
    for match in _WORD.finditer(_HASH.sub("#", name)):
        word = match.group().lower()
        stem = _STEM.search(word) if word not in _NO_STEMS else None
        if stem is None:
            found.append(word)
            continue
        if stem.start():
            found.append(word[: stem.start()])
        ending = stem[2] or ""
        many = ending in ("s", "e", "n", "es", "en") or stem[1] in (
            "commenti",
            "komentarze",
            "kommentit",
        )
        found.append(
            "=er" if ending in ("er", "ers", "or") else "=s" if many or ending == "ing" else "="
        )
        if stem.end() < len(word):
            found.append(word[stem.end() :])
    return tuple(found)

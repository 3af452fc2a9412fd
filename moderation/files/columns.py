"""Which column of a table holds what: named by the user, or guessed from names and contents.

The id, the author and the time of a comment make its id in our files, so they are guessed from the
columns' names alone: names stay the same from one export to the next, contents do not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from moderation.errors import UsageError

ROLES = ("text", "id", "author", "time", "parent", "article")

_TEXT_TIERS = (
    "commenttext commentbody commentcontent commentmessage kommentartext textocomentario comment "
    "comments kommentar kommentare commentaire comentario comentários comentário comentarios "
    "commento reactie kommentti komentarz komentář yorum комментарий коммент комментарии 评论 "
    "评论内容 評論 留言 コメント 댓글 تعليق التعليق टिप्पणी תגובה",
    "text body content message contentraw commentraw bodytext messagetext fulltext rawtext msg "
    "inhalt nachricht contenu texte texto mensagem mensaje contenido conteúdo testo messaggio "
    "contenuto tekst bericht inhoud treść wiadomość metin mesaj içerik текст сообщение содержание "
    "内容 正文 消息 內容 本文 メッセージ 내용 본문 نص النص पाठ טקסט",
    "post posttext postbody reply replytext review reviewtext reviewbody tweet tweettext "
    "tweetcontent answer response feedback remark opinion note beitrag beitragstext antwort "
    "rezension avis réponse reseña opinión respuesta resposta recensione отзыв ответ пост レビュー "
    "投稿 リプライ 리뷰 markdown html selftext utterance sentence",
)
"""A name of an earlier line is taken before one of a later; two of one line are ambiguous."""

_NAMES = {
    "text": " ".join(_TEXT_TIERS),
    "id": "commentid cid commenthex commentuuid kommentarid idcommentaire idcomentario messageid "
    "msgid tweetid reviewid replyid id uuid guid key identifier nr number nummer",
    "author": "commentauthor commentauthorname authorname authordisplayname authorusername author "
    "autor auteur autore auteurname verfasser автор 作者 著者 投稿者 작성자 المؤلف yazar username "
    "userscreenname userdisplayname displayname screenname usernickname nickname nick login user "
    "commenter commentername poster writer handle benutzer benutzername nutzer nutzername "
    "utilisateur pseudo usuario usuário utente gebruiker gebruikersnaam użytkownik kullanıcı "
    "пользователь имя имяпользователя 用户 用户名 昵称 ユーザー ユーザー名 名前 사용자 닉네임 name "
    "nom nombre nome naam namn userid authorid commenterhex",
    "time": "commentdategmt commentdate commenttime commentcreatedat createdat createdutc created "
    "creationdate creationtime createtime createdtime createddate datecreated postedat posted "
    "postedon dateposted posttime postdate publishedat published publishdate publicationdate "
    "submittedat timestamp datetime date time datum zeit zeitpunkt zeitstempel uhrzeit heure fecha "
    "hora dataora datahora tijd tidspunkt tid дата время датавремя 日期 时间 時間 发布时间 日時 "
    "投稿日 投稿日時 날짜 시간 작성일 tarih data",
    "parent": "parentcommentid commentparent commentparentid parentid parent parentcomment "
    "parenthex inreplyto inreplytoid inreplytostatusid inreplytocommentid replyto replytoid "
    "repliedto replytocommentid antwortauf родитель 父评论 回复 親コメント",
    "article": "articleid articleurl articleuri articlelink article articletitle storyid storyurl "
    "story commentpostid threadid threadurl thread discussionid pageid pageurl page assetid "
    "asseturl linkid topicid topic videoid submissionid postid posturl posttitle postslug artikel "
    "artikelid artículo artigo articolo artykuł статья 文章 文章标题 新闻 記事 기사",
}
_NO_TEXT = (
    "title titel titre título subject betreff headline url link email useragent category tags"
)
"""Columns that may hold many words and are no comments."""

_NOT_PROSE = re.compile(
    r"[\d\s.,:;/+\-TZ%$€£#]*|true|false|yes|no|null|none|nan|https?://\S+|[\w.+-]+@[\w.-]+|[0-9a-f-]{16,}",
    re.IGNORECASE,
)
LEAST_WORDS = 4
"""Words a cell on average; a column of fewer is no comments unless its name says so."""


def folded(name: str) -> str:
    """Write a column's name without case, spaces and punctuation, as names are compared."""
    return re.sub(r"[\W_]+", "", name.casefold())


_RANKS = {
    role: {folded(name): rank for rank, name in enumerate(names.split())}
    for role, names in _NAMES.items()
}
_TIERS = {folded(name): tier for tier, names in enumerate(_TEXT_TIERS) for name in names.split()}
_NEVER_TEXT = {folded(name) for name in _NO_TEXT.split()} | {
    name for role in ROLES[1:] for name in _RANKS[role]
}
KNOWN_NAMES = frozenset(name for names in _RANKS.values() for name in names)
TEXT_NAMES = frozenset(_TIERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNames:
    """The names of columns as the user gives them.

    None leaves a column to be guessed; an empty name says that the table has none.
    """

    text: str | None = None
    id: str | None = None
    author: str | None = None
    time: str | None = None
    parent: str | None = None
    article: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a table that are read: their positions, and how they were found."""

    text: int
    id: int | None = None
    author: int | None = None
    time: int | None = None
    parent: int | None = None
    article: int | None = None
    shown: str
    guessed: bool


class NoTextColumn(ValueError):
    """No column of a table can be the comments' text; the message lists the columns."""


class AmbiguousColumns(ValueError):
    """Several columns may hold the text; the message lists them and the option that decides."""


def parse_columns(option: str) -> ColumnNames:
    """Read ``text=body,id=cid``; a name with a comma stands in double quotes: ``"text=a,b"``.

    Raises:
        UsageError: for a role that does not exist, one given twice, or a part without ``=``.
    """
    named: dict[str, str] = {}
    for part in next(csv.reader([option], skipinitialspace=True), []):
        role, equals, name = part.partition("=")
        role = role.strip().lower()
        if not equals:
            raise UsageError(_no_column(part))
        if role in named:
            raise UsageError(f"The column for {role} is named twice: {named[role]!r}, {name!r}.")
        named[role] = name.strip()
    return named_columns(named)


def named_columns(named: Mapping[str, str]) -> ColumnNames:
    """Take the names of columns by their roles.

    Raises:
        UsageError: for a role that does not exist, or a text column without a name.
    """
    for role, name in named.items():
        if role not in ROLES:
            raise UsageError(_no_column(f"{role}={name}"))
    if named.get("text") == "":
        raise UsageError("A table without a text column holds no comments; name one: text=COLUMN.")
    return ColumnNames(**named)


def _no_column(part: str) -> str:
    return (
        f"{part!r} names no column. Write ROLE=COLUMN, several with commas between them, as in "
        f"text=body,author=user. Roles are {', '.join(ROLES)}."
    )


def choose_columns(
    columns: Sequence[str], sample: Sequence[Sequence[str]], named: ColumnNames | None = None
) -> Columns:
    """Find the columns that hold text, id, author, time, parent and article.

    ``sample`` are rows of the table, cells in the order of ``columns``.

    Raises:
        NoTextColumn: when there is none for the text, or one that was named is not there.
        AmbiguousColumns: when several may hold the text.
    """
    named = named or ColumnNames()
    chosen = {
        field.name: _position(columns, name)
        for field in fields(named)
        if (name := getattr(named, field.name))
    }
    refused = {field.name for field in fields(named) if getattr(named, field.name) == ""}
    told = set(chosen)
    if "text" not in chosen:
        chosen["text"] = _guess_text(columns, sample, set(chosen.values()))
    for role in ("parent", "id", "author", "time", "article"):
        if role not in chosen and role not in refused:
            position = _guess(role, columns, set(chosen.values()))
            if position is not None:
                chosen[role] = position
    return Columns(
        **chosen,
        shown=_shown(columns, chosen, told),
        guessed=bool(set(chosen) - told),
    )


def _position(columns: Sequence[str], name: str) -> int:
    for alike in (str, str.strip, folded):
        found = [place for place, column in enumerate(columns) if alike(column) == alike(name)]
        if len(found) == 1:
            return found[0]
    if name.isdecimal() and 1 <= int(name) <= len(columns):
        return int(name) - 1
    raise NoTextColumn(f"there is no column {name!r} in it. {listed(columns)}")


def _guess(role: str, columns: Sequence[str], taken: set[int]) -> int | None:
    candidates = [
        (_RANKS[role][name], place)
        for place, column in enumerate(columns)
        if place not in taken and (name := folded(column)) in _RANKS[role]
    ]
    return min(candidates)[1] if candidates else None


def _guess_text(columns: Sequence[str], sample: Sequence[Sequence[str]], taken: set[int]) -> int:
    free = [place for place in range(len(columns)) if place not in taken]
    candidates = _named_like_text(columns, sample, free) or [
        place
        for place in free
        if folded(columns[place]) not in _NEVER_TEXT and _words(sample, place) >= LEAST_WORDS
    ]
    if not candidates:
        raise NoTextColumn(f"no column of it can be the comments' text. {listed(columns)}")
    if len(candidates) > 1:
        names = " or ".join(repr(columns[place]) for place in candidates)
        raise AmbiguousColumns(
            f"the comments' text may be in {names}. {listed(columns)} "
            f"Name the right one: --columns text={columns[candidates[0]]}"
        )
    return candidates[0]


def _named_like_text(
    columns: Sequence[str], sample: Sequence[Sequence[str]], free: Sequence[int]
) -> list[int]:
    tiers = [
        (tier, place)
        for place in free
        if (tier := _tier(columns[place])) is not None and _may_be_text(sample, place)
    ]
    best = [place for tier, place in tiers if tier == min(tiers)[0]]
    filled = [place for place in best if _words(sample, place)]
    return filled or best


def _tier(column: str) -> int | None:
    """Rank a name among those of texts; ``revisions.body`` stands behind any ``body``."""
    if (name := folded(column)) in _TIERS:
        return _TIERS[name]
    last = _TIERS.get(folded(column.rpartition(".")[2]))
    return last + len(_TEXT_TIERS) if last is not None and "." in column else None


def _may_be_text(sample: Sequence[Sequence[str]], place: int) -> bool:
    """Refuse a column of numbers, dates or links; an empty one tells nothing."""
    cells = [cell for row in sample if place < len(row) and (cell := row[place].strip())]
    return not cells or any(not _NOT_PROSE.fullmatch(cell) for cell in cells)


def _words(sample: Sequence[Sequence[str]], place: int) -> float:
    cells = [cell for row in sample if place < len(row) and (cell := row[place].strip())]
    return sum(len(cell.split()) for cell in cells) / len(cells) if cells else 0.0


MOST_LISTED = 40


def listed(columns: Sequence[str]) -> str:
    """Name the columns of a table in a sentence."""
    shown = ", ".join(repr(column) for column in columns[:MOST_LISTED])
    more = f" and {len(columns) - MOST_LISTED} more" if len(columns) > MOST_LISTED else ""
    return f"Its columns are {shown}{more}."


def _shown(columns: Sequence[str], chosen: dict[str, int], told: set[str]) -> str:
    pairs = [f'{role} = "{columns[chosen[role]]}"' for role in ROLES if role in chosen]
    guessed = [role for role in ROLES if role in chosen and role not in told]
    if not guessed:
        return f"columns: {', '.join(pairs)} (as named)"
    if not told:
        return f"columns: {', '.join(pairs)} (guessed)"
    return f"columns: {', '.join(pairs)} ({', '.join(guessed)} guessed)"

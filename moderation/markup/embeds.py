"""Comment services whose comments a script loads: none found there is not none written."""

from __future__ import annotations

from moderation.markup.signs import DATA
from moderation.markup.tree import Tree

_BY_ID = {name: e["service"] for e in DATA["embeds"] for name in e.get("ids", ())}
_BY_CLASS = {name: e["service"] for e in DATA["embeds"] for name in e.get("classes", ())}
_BY_TAG = {name: e["service"] for e in DATA["embeds"] for name in e.get("tags", ())}
_BY_SCRIPT = {name: e["service"] for e in DATA["embeds"] for name in e.get("scripts", ())}


def find_embeds(tree: Tree) -> tuple[str, ...]:
    """Return the names of the services that would load comments into a page, in page order."""
    found: dict[str, None] = {}
    for node, attributes in tree.attributes.items():
        service = _BY_ID.get(attributes.get("id") or "")
        service = service or _BY_TAG.get(tree.tags[node])
        for token in (attributes.get("class") or "").split():
            service = service or _BY_CLASS.get(token)
        if service:
            found[service] = None
    for script in tree.scripts:
        for name, service in _BY_SCRIPT.items():
            if name in script:
                found[service] = None
    return tuple(found)

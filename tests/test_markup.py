"""Comments found in a page's HTML by its structure."""

from moderation.markup import separate_html

WORDPRESS = """
<html><head><title>A bridge</title></head><body><article><p>The bridge was closed.</p></article>
<div id="comments"><h3>2 Responses</h3><ol class="commentlist">
<li class="comment even depth-1" id="li-comment-7"><div id="comment-7" class="comment-body">
<div class="comment-author vcard"><cite class="fn">Ann</cite> <span class="says">says:</span></div>
<div class="comment-meta"><a href="#comment-7">May 3, 2012 at 10:00 am</a></div>
<p>Which bridge?</p><div class="reply"><a class="comment-reply-link">Reply</a>
</div></div>
<ul class="children"><li class="comment odd depth-2" id="li-comment-9">
<div id="comment-9" class="comment-body"><cite class="fn">Ben</cite><p>The old one.</p></div></li></ul>
</li></ol></div></body></html>
"""


def test_a_reply_keeps_its_parent_and_neither_holds_the_others_words() -> None:
    """Nested comments come apart, with the reply one level down."""
    page = separate_html(WORDPRESS, document_id="bridge")
    first, reply = page.comments
    assert (first.text, first.author, first.posted_at) == (
        "Which bridge?",
        "Ann",
        "May 3, 2012 at 10:00 am",
    )
    assert (reply.text, reply.author, reply.level) == ("The old one.", "Ben", 1)
    assert reply.parent_id == first.id
    assert page.article == "A bridge\n\nThe bridge was closed."

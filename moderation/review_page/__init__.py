"""The review page: a desk brought to a browser, on this machine only.

``serving`` takes a port and runs the server, ``guard`` lets in who may come, ``server`` has the
routes, ``answers`` what each of them gives. ``asking`` checks what is asked, ``views`` says what a
comment looks like as JSON: ``segments`` are its text in marked pieces, ``words`` its reasons in
sentences, with ``indentation`` and ``retold``. ``bands`` keeps ranges that were counted, ``shell``
fills the page, ``protocol`` answers what is no request. ``page/`` is what the browser shows.

Nothing is imported here: the parts are heavy, and ``--help`` needs none of them.
"""

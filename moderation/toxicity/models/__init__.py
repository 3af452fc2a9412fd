"""Detoxify's models, added once and then run without PyTorch and without a network.

Adding fetches a checkpoint or takes a file, reads it without running code from it, writes the
model as an ONNX graph, holds its scores against Detoxify's own, and keeps graph, tokenizer and
manifest in the user's cache folder::

    from moderation.toxicity.models.adding import Wish, add_model

    add_model(Wish(name="original"))
    load_scorer("original").score(["You are a fool."])

- ``catalogue``: the five released models. ``fetching``: the network, and no other file.
- ``checkpoint``: reads Detoxify's format. ``reference``: Detoxify itself, to compare with.
- ``architecture`` and ``graph``: a checkpoint's weights in, an ONNX graph out.
- ``exporting``: makes a kept model. ``verifying``: holds it against Detoxify.
- ``manifest``: what is known of it. ``store``: the folder. ``carrying``: a model as one file.
- ``adding``: all of this in order. ``onnx_scorer``: runs what was kept.
"""

"""How the embedded toxicity model is made: from data to weights to model card.

``python -m training`` runs every step; see ``__main__.py`` for their order.
"""

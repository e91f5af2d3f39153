"""Etiquette rules and checker. Pure: text and context in, findings out (:func:`csdesk.etiquette.checker.check`)."""

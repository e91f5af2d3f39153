"""Etiquette rules and checker. Pure."""

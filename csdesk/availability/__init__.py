"""Presence and automatic replies. Pure."""

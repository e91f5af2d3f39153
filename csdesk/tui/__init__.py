"""The terminal face; the only place that imports textual."""

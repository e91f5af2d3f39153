"""The things a desk is about, as plain data: no I/O, no third party."""

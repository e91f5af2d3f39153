"""Quick replies as other systems export them, read and written: pure mappings, one module a system."""

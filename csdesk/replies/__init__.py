"""Quick replies: packs and the finder. Pure."""

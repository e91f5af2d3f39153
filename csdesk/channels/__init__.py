"""Ways to customers, each a Channel of desk.ports."""

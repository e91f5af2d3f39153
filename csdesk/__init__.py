"""csdesk: the workstation a customer-service agent lives in, in a terminal."""

__version__ = "0.1.0"

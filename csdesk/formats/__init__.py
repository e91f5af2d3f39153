"""Import and export shapes."""

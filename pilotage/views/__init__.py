"""Les pages qui croisent les applications."""

"""Les lectures qui croisent les applications."""

"""Mesures du produit, côte à côte avec le même travail fait par les moyens nus."""

"""Fabriques des tests : le monde donné est posé directement, les situations passent par les services."""

"""Élèves, candidatures et formations demandées, avec l'avis de l'établissement d'origine."""

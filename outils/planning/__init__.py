"""Territoires d'essai, plan glouton et borne : ce à quoi le planning automatique se mesure."""

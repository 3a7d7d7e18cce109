"""Qui se connecte, et qui a fait quoi : personnes, connexion, historique."""

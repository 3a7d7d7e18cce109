"""Séances, créneaux, entretiens, convocations."""

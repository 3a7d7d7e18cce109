"""Ce que l'exploitation mesure, au format de Prometheus : requêtes, files, documents, base (docs/exploitation.md).

Aucune donnée personnelle : une requête y est un nom de vue, un courriel un nombre.
"""

"""Se connecter par le guichet de l'académie : OpenID Connect, en-têtes du portail ARENA (R38).

Cette pièce prouve qui est la personne ; `referentiel` dit quelles places lui viennent avec.
"""

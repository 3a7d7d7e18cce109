"""La campagne de démonstration : des établissements réels, des personnes inventées, tous les états.

Tout passe par les services, comme si la campagne avait été vécue : inscriptions, avis, planification,
convocations, présences, comptes-rendus. Un même tirage donne toujours le même monde.
"""

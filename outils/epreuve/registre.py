"""Ce que la base dit des convocations, une fois l'épreuve passée : `python -m outils.epreuve.registre`, en JSON."""

import json
from typing import Any

import django


def lire() -> dict[str, Any]:
    """Courriels, convocations et entretiens, avec les adresses où chacun doit être annoncé ; les états impossibles.

    Tous les courriels : selon l'heure et le jour, des rappels partent aussi, sans convocation.
    """
    from courriers.models import Courriel
    from entretiens.models import Convocation, Entretien
    from passpro.invariants import INVARIANTS, chercher_les_ecarts, dire_les_ecarts

    liens = Convocation.courriels.through.objects.values_list("courriel_id", "convocation_id")
    portees: dict[int, list[int]] = {}
    for courriel, convocation in liens:
        portees.setdefault(courriel, []).append(convocation)
    return {
        "courriels": [
            {
                "cle": c.pk,
                "message": c.message_id,
                "destinataire": c.destinataire,
                "etat": c.etat,
                "erreur": c.derniere_erreur,
                "convocations": portees.get(c.pk, []),
            }
            for c in Courriel.objects.defer("texte", "html")
        ],
        "convocations": list(
            Convocation.objects.values(
                "id", "entretien_id", "nature", "sequence", "envoi__code", "envoi__etablissement__uai"
            )
        ),
        "entretiens": [
            {
                "id": e.pk,
                "etat": e.etat,
                "sequence": e.sequence,
                "adresses": [e.eleve.etablissement.messagerie, e.eleve.referent_courriel],
            }
            for e in Entretien.objects.select_related("eleve__etablissement")
        ],
        "ecarts": dire_les_ecarts(chercher_les_ecarts(INVARIANTS)),
    }


def main() -> None:
    """Point d'entrée."""
    django.setup()
    print(json.dumps(lire()))


if __name__ == "__main__":
    main()

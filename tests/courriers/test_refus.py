"""Ce qu'une messagerie répond, dit en français (R25)."""

import pytest

from courriers.rules import Cause, dire_le_refus
from courriers.rules.refus import PHRASES, TIENNENT_A_L_ADRESSE

REPONSES = [
    ("550 5.1.1 <ce.x@creteil.example>: Recipient address rejected: User unknown", Cause.ADRESSE_INCONNUE),
    ("550 Boîte inconnue", Cause.ADRESSE_INCONNUE),
    ("550 No such user here", Cause.ADRESSE_INCONNUE),
    ("550 5.7.1 Unable to relay, unknown user", Cause.ADRESSE_INCONNUE),
    ("553 sorry, invalid mailbox name", Cause.ADRESSE_INCONNUE),
    ("550 5.1.2 Domain not found", Cause.DOMAINE_INCONNU),
    ("550 5.4.4 Host not found", Cause.DOMAINE_INCONNU),
    ("550 5.2.1 Mailbox disabled", Cause.BOITE_FERMEE),
    ("552 5.2.2 Mailbox full", Cause.BOITE_PLEINE),
    ("452 4.2.2 Over quota", Cause.BOITE_PLEINE),
    ("421 Boîte pleine", Cause.BOITE_PLEINE),
    ("552 5.3.4 Message size exceeds limit", Cause.TROP_GROS),
    ("550 5.7.1 Message blocked by policy", Cause.MESSAGE_REFUSE),
    ("554 Spam detected", Cause.MESSAGE_REFUSE),
    ("451 4.7.1 Greylisted, please try again in 300 seconds", Cause.DIFFERE),
    ("450 Service temporarily unavailable", Cause.DIFFERE),
    ("599 ?", Cause.AUTRE),
    ("Le serveur de messagerie ne répond pas : ConnectionRefusedError.", Cause.LIAISON),
    ("Le serveur de messagerie a coupé la liaison : SMTPServerDisconnected.", Cause.COUPURE),
    ("Le serveur de messagerie refuse Passpro : 535 Authentication failed", Cause.RELAIS),
    ("Une pièce jointe n’a pas pu être préparée : RenduImpossible().", Cause.PIECE),
]


@pytest.mark.parametrize(("reponse", "cause"), REPONSES, ids=range(len(REPONSES)))
def test_un_refus_se_dit_en_francais(reponse, cause):
    raison = dire_le_refus(reponse)
    assert raison.cause is cause
    assert raison.phrase == PHRASES[cause]
    assert raison.tient_a_l_adresse is (cause in TIENNENT_A_L_ADRESSE)

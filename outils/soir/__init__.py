"""Le dernier soir : tout le monde lit, enregistre et imprime à la fois, pendant que des processus meurent (F8).

Un visiteur est un vrai navigateur réduit à ce qui coûte au serveur : sa session, ses jetons lus dans les pages. Chaque
enregistrement dont il a su la réussite est gardé sur le disque, puis cherché dans la base. `bin/eprouver-soir` passe
l'épreuve en grand, les tests en petit.
"""

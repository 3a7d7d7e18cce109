"""L'épreuve des pannes : des convocations partent pendant que tout meurt, puis le registre est relu (F2, R25).

De vrais processus – deux serveurs web, deux ateliers, deux horloges, un courtier, une base, un relais de messagerie qui
cale, refuse et coupe – sont tués net à des moments tirés au sort. `bin/eprouver` la passe en grand, les tests en petit.
"""

"""Ce qui se mesure ; chaque sujet a une fonction `mesurer(dire)`, qui rend ses lignes."""

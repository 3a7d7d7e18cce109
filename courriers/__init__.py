"""Ce qui quitte la maison : la boîte d'envoi des courriels et la fabrication des PDF."""

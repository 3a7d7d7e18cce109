"""Le monde tel qu'il est donné : établissements, catalogue, campagne et ses règles, qui travaille où."""

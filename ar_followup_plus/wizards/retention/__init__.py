from . import ar_person_ask

from . import ar_exclude

from . import ar_notice

from . import ar_notice_cancel

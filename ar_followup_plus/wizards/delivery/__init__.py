from . import ar_copies_ask
from . import ar_send_now
from . import ar_message_preview
from . import ar_letter_post

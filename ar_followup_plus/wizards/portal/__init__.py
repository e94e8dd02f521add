from . import ar_answer_reply

# Not here: test_queue_job. It needs a database and servers of its own (script/test).

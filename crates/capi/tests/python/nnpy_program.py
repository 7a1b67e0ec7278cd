"""A program of the package nnpy, which was built against nanomsg's own headers."""

import nnpy

one = nnpy.Socket(nnpy.AF_SP, nnpy.PAIR)
other = nnpy.Socket(nnpy.AF_SP, nnpy.PAIR)
one.bind("ipc://nnpy.ipc")
other.connect("ipc://nnpy.ipc")
one.send(b"hello")
assert other.recv() == b"hello"
one.setsockopt(nnpy.SOL_SOCKET, nnpy.SNDTIMEO, 100)
assert one.getsockopt(nnpy.SOL_SOCKET, nnpy.SNDTIMEO) == 100
polled = nnpy.PollSet((other, nnpy.POLLIN))
assert polled.poll(0) == [0]
one.send(b"again")
assert polled.poll(10000) == [1]
assert one.get_statistic(nnpy.STAT_MESSAGES_SENT) == 2
one.close()
other.close()
print("5 passed, 0 failed")

"""A program for nanomsg, through ctypes: every kind of call it needs, and Ctrl-C."""

import errno
import os
import signal

from nanomsg import DONTWAIT, PAIR, PULL, PUSH, Failure, Library

nanomsg = Library("libnanomsg.so.5")
passed = 0


def holds(condition):
    global passed
    assert condition
    passed += 1


pull, push = nanomsg.socket(PULL), nanomsg.socket(PUSH)
nanomsg.bind(pull, "ipc://program.ipc")
nanomsg.connect(push, "ipc://program.ipc")
for size in (0, 1, 1000, 1000000):
    body = os.urandom(size)
    holds(nanomsg.send(push, body) == size)
    holds(nanomsg.recv(pull) == body)
holds(nanomsg.statistic(pull, 302) == 4)
try:
    nanomsg.recv(pull, DONTWAIT)
except Failure as failure:
    holds(failure.errno == errno.EAGAIN)
try:
    nanomsg.bind(pull, "tcp://nonsense")
except Failure as failure:
    holds(failure.errno == errno.EINVAL)

signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
try:
    nanomsg.recv(pull)
except KeyboardInterrupt:
    signal.setitimer(signal.ITIMER_REAL, 0)
    holds(True)
nanomsg.close(pull)
nanomsg.close(push)
print(f"{passed} passed, 0 failed")

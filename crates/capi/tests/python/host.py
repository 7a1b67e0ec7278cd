"""A host of two plug-ins: one in C, which was built for nanomsg, and one in Python, which loads the
library by its own name. They meet on inproc, as they are one library."""

import ctypes
import sys

from nanomsg import REQ, Library

plugin = ctypes.CDLL(sys.argv[1])
assert plugin.plugin_start() == 0
library = Library("libspeedwell.so")
req = library.socket(REQ)
library.connect(req, "inproc://a host")
library.send(req, b"Python")
assert library.recv(req) == b"Cython"
library.close(req)
assert plugin.plugin_stop() == 0
print("1 passed, 0 failed")

"""nanomsg's functions through ctypes, as somebody's module would have them."""

import ctypes
import os

AF_SP, AF_SP_RAW = 1, 2
PAIR, REQ, REP, PUSH, PULL = 16, 48, 49, 80, 81
DONTWAIT = 1


class Failure(OSError):
    pass


class Library:
    def __init__(self, name):
        self._c = ctypes.CDLL(name, use_errno=True)
        self._c.nn_strerror.restype = ctypes.c_char_p
        self._c.nn_get_statistic.restype = ctypes.c_uint64

    def _call(self, name, *arguments):
        while True:
            result = getattr(self._c, name)(*arguments)
            if result >= 0:
                return result
            number = self._c.nn_errno()
            # Python runs the handlers of signals between calls: one that raises ends this loop.
            if number != 4:
                raise Failure(number, self._c.nn_strerror(number).decode())

    def socket(self, protocol, domain=AF_SP):
        return self._call("nn_socket", domain, protocol)

    def bind(self, socket, address):
        return self._call("nn_bind", socket, address.encode())

    def connect(self, socket, address):
        return self._call("nn_connect", socket, address.encode())

    def send(self, socket, body, flags=0):
        return self._call("nn_send", socket, body, ctypes.c_size_t(len(body)), flags)

    def recv(self, socket, flags=0):
        body = ctypes.c_void_p()
        everything = ctypes.c_size_t(-1)
        size = self._call("nn_recv", socket, ctypes.byref(body), everything, flags)
        octets = ctypes.string_at(body, size)
        self._c.nn_freemsg(body)
        return octets

    def statistic(self, socket, number):
        return self._c.nn_get_statistic(socket, number)

    def close(self, socket):
        return self._call("nn_close", socket)

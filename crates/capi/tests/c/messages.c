/* Table 3.2, its second half: messages, in parts, in buffers, and with their headers. */
#include "check.h"

static int one, other;

static void pair_up(void)
{
    one = nn_socket(AF_SP, NN_PAIR);
    other = nn_socket(AF_SP, NN_PAIR);
    join(one, other, "inproc://messages");
}

static void part(void)
{
    nn_close(one);
    nn_close(other);
}

/* A message of up to two parts, or -1 for a NULL of the second. */
static int send_parts(int count, void *first, size_t first_len)
{
    struct nn_iovec parts[2];
    struct nn_msghdr message;
    char second[] = "cd";
    memset(&message, 0, sizeof(message));
    parts[0].iov_base = first;
    parts[0].iov_len = first_len;
    parts[1].iov_base = second;
    parts[1].iov_len = 2;
    message.msg_iov = parts;
    message.msg_iovlen = count;
    return nn_sendmsg(one, &message, 0);
}

static int recv_parts(int count, void *first, size_t first_len, void *second, size_t second_len)
{
    struct nn_iovec parts[2];
    struct nn_msghdr message;
    memset(&message, 0, sizeof(message));
    parts[0].iov_base = first;
    parts[0].iov_len = first_len;
    parts[1].iov_base = second;
    parts[1].iov_len = second_len;
    message.msg_iov = parts;
    message.msg_iovlen = count;
    return nn_recvmsg(other, &message, 0);
}

static void plain(void)
{
    char text[8] = "", ab[] = "ab";
    pair_up();
    IS("nn_send bytes", nn_send(one, "hello", 5, 0), 5);
    IS("nn_recv full size", nn_recv(other, text, 3, 0), 5);
    IS("nn_recv cut", memcmp(text, "hel\0", 4), 0);
    FAILS("nn_recv tail is lost", nn_recv(other, text, 8, NN_DONTWAIT), EAGAIN);
    IS("nn_send NULL with 0", nn_send(one, NULL, 0, 0), 0);
    IS("nn_recv empty", nn_recv(other, text, 8, 0), 0);
    FAILS("nn_send NULL with len", nn_send(one, NULL, 1, 0), EFAULT);
    FAILS("nn_send bad socket", nn_send(9999, "x", 1, 0), EBADF);
    FAILS("nn_recv bad socket", nn_recv(9999, text, 1, 0), EBADF);
    FAILS("nn_recv EAGAIN", nn_recv(other, text, 8, NN_DONTWAIT), EAGAIN);
    IS("set-up", set_int(one, NN_SOL_SOCKET, NN_RCVTIMEO, 10), 0);
    FAILS("nn_recv ETIMEDOUT", nn_recv(one, text, 8, 0), ETIMEDOUT);

    IS("nn_sendmsg", send_parts(2, ab, 2), 4);
    IS("nn_recvmsg", recv_parts(2, text, 1, text + 4, 4), 4);
    IS("nn_recvmsg", text[0] == 'a' && memcmp(text + 4, "bcd", 3) == 0, 1);
    IS("nn_sendmsg 0 parts", send_parts(0, ab, 2), 0);
    IS("nn_recvmsg", recv_parts(1, text, 8, NULL, 0), 0);
    FAILS("nn_sendmsg NULL header", nn_sendmsg(one, NULL, 0), EINVAL);
    FAILS("nn_recvmsg NULL header", nn_recvmsg(other, NULL, 0), EINVAL);
    FAILS("nn_sendmsg negative", send_parts(-1, ab, 2), EMSGSIZE);
    OURS(FAILS("nn_recvmsg negative", recv_parts(-1, ab, 2, NULL, 0), EMSGSIZE));
    FAILS("nn_sendmsg NULL part", send_parts(1, NULL, 2), EFAULT);
    FAILS("nn_sendmsg NN_MSG of many", send_parts(2, ab, NN_MSG), EINVAL);
    OURS(FAILS("nn_recvmsg NN_MSG of many", recv_parts(2, ab, NN_MSG, ab, 2), EINVAL));
    part();
}

static void buffers(void)
{
    char *buffer = (char *)nn_allocmsg(5000, 0), *back = NULL, *longer, *same;
    size_t at, wrong = 0;
    FAILS("nn_allocmsg type", no_pointer(nn_allocmsg(10, 1)), EINVAL);
    FAILS("nn_allocmsg ENOMEM", no_pointer(nn_allocmsg((size_t)-2, 0)), ENOMEM);
    IS("nn_allocmsg 0", nn_freemsg(nn_allocmsg(0, 0)), 0);
    pair_up();
    memset(buffer, 7, 5000);
    IS("NN_MSG send", nn_send(one, &buffer, NN_MSG, 0), 5000);
    OURS(FAILS("a successful one takes it", nn_freemsg(buffer), EFAULT));
    IS("NN_MSG recv", nn_recv(other, &back, NN_MSG, 0), 5000);
    for (at = 0; at < 5000; ++at)
        wrong += back[at] != 7;
    IS("NN_MSG recv", wrong, 0);
    OURS(IS("without a copy", back == buffer, 1));
    IS("sent on", nn_send(other, &back, NN_MSG, 0), 5000);
    IS("sent on", nn_recv(one, &back, NN_MSG, 0), 5000);

    same = (char *)nn_reallocmsg(back, 100);
    IS("nn_reallocmsg shrinks in place", same == back, 1);
    longer = (char *)nn_reallocmsg(same, 100000);
    IS("nn_reallocmsg grows by copy", longer != same && longer[99] == 7, 1);
    IS("nn_freemsg", nn_freemsg(longer), 0);

    part();
    one = nn_socket(AF_SP, NN_PUSH);
    for (at = 10; at <= 5000; at += 4990) {
        buffer = (char *)nn_allocmsg(at, 0);
        memset(buffer, 9, at);
        FAILS("a failed one leaves it", nn_send(one, &buffer, NN_MSG, NN_DONTWAIT), EAGAIN);
        IS("a failed one leaves it", buffer[at - 1], 9);
        IS("a failed one leaves it", nn_freemsg(buffer), 0);
    }
    nn_close(one);
}

/* The header of what raw REP received, or how long it says it is. */
static void headers(void)
{
    struct nn_msghdr message;
    struct nn_iovec body;
    struct nn_cmsghdr *record;
    char text[8], control[64], yes[] = "yes";
    unsigned char header[8];
    int req = nn_socket(AF_SP, NN_REQ), rep = nn_socket(AF_SP_RAW, NN_REP);
    join(rep, req, "inproc://headers");
    nn_send(req, "ask", 3, 0);
    memset(&message, 0, sizeof(message));
    memset(control, 0x55, sizeof(control));
    body.iov_base = text;
    body.iov_len = sizeof(text);
    message.msg_iov = &body;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    IS("nn_recvmsg", nn_recvmsg(rep, &message, 0), 3);
    record = NN_CMSG_FIRSTHDR(&message);
    IS("SP_HDR", record != NULL && record->cmsg_level == PROTO_SP, 1);
    IS("SP_HDR", record->cmsg_type, SP_HDR);
    IS("SP_HDR 32 for 8 octets", record->cmsg_len, 32);
    IS("SP_HDR", NN_CMSG_SPACE(8 + 8), 32);
    IS("SP_HDR", *(size_t *)(void *)NN_CMSG_DATA(record), 8);
    memcpy(header, NN_CMSG_DATA(record) + sizeof(size_t), 8);
    IS("the last word has the high bit", header[4] >> 7, 1);
    OURS(IS("and no other record", NN_CMSG_NXTHDR(&message, record) == NULL, 1));
    body.iov_base = yes;
    body.iov_len = 3;
    message.msg_controllen = record->cmsg_len;
    IS("nn_sendmsg with SP_HDR", nn_sendmsg(rep, &message, 0), 3);
    IS("it reached who asked", nn_recv(req, text, 8, 0), 3);

    nn_send(req, "ask", 3, 0);
    memset(control, 0, sizeof(control));
    body.iov_base = text;
    body.iov_len = sizeof(text);
    message.msg_controllen = 31;
    IS("too small a control", nn_recvmsg(rep, &message, 0), 3);
    OURS(IS("none is given", NN_CMSG_FIRSTHDR(&message) == NULL, 1));

    nn_send(req, "ask", 3, 0);
    record = NULL;
    message.msg_control = &record;
    message.msg_controllen = NN_MSG;
    IS("control in a buffer", nn_recvmsg(rep, &message, 0), 3);
    IS("control in a buffer", NN_CMSG_FIRSTHDR(&message) == record && record->cmsg_len == 32, 1);
    body.iov_base = yes;
    body.iov_len = 3;
    IS("control in a buffer is taken", nn_sendmsg(rep, &message, 0), 3);
    OURS(FAILS("control in a buffer is taken", nn_freemsg(record), EFAULT));
    IS("it reached who asked", nn_recv(req, text, 8, 0), 3);
    nn_close(req);
    nn_close(rep);
}

/* Records whose lengths lie are none. */
static void records(void)
{
    static const size_t lies[] = {0, 1, 15, 65, (size_t)-1, (size_t)-8};
    size_t control[8], at;
    struct nn_msghdr message;
    struct nn_cmsghdr *first = (struct nn_cmsghdr *)(void *)control;
    memset(&message, 0, sizeof(message));
    memset(control, 0, sizeof(control));
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    for (at = 0; at < sizeof(lies) / sizeof(*lies); ++at) {
        first->cmsg_len = lies[at];
        OURS(IS("a lying record", NN_CMSG_FIRSTHDR(&message) == NULL, 1));
        OURS(IS("behind a lying record", NN_CMSG_NXTHDR(&message, first) == NULL, 1));
    }
    first->cmsg_len = NN_CMSG_LEN(4);
    control[3] = 16;
    IS("NN_CMSG_LEN", NN_CMSG_LEN(4), 20);
    IS("the first record", NN_CMSG_FIRSTHDR(&message) == first, 1);
    IS("the next is aligned", (char *)NN_CMSG_NXTHDR(&message, first) - (char *)first, 24);
    message.msg_controllen = 15;
    IS("no room for one", NN_CMSG_FIRSTHDR(&message) == NULL, 1);
    message.msg_control = NULL;
    IS("no control", NN_CMSG_FIRSTHDR(&message) == NULL, 1);
}

/* What a caller can do wrong; nanomsg itself aborts or crashes on most of these. */
static void mistakes(void)
{
    static char here[1];
    struct nn_msghdr message;
    void *buffer = nn_allocmsg(10, 0), *gone = nn_allocmsg(10, 0), *nothing = NULL;
    pair_up();
    nn_freemsg(gone);
    FAILS("nn_freemsg NULL", nn_freemsg(NULL), EFAULT);
    FAILS("nn_freemsg twice", nn_freemsg(gone), EFAULT);
    FAILS("nn_freemsg of another's", nn_freemsg(here), EFAULT);
    FAILS("nn_freemsg of the middle", nn_freemsg((char *)buffer + 1), EFAULT);
    FAILS("nn_reallocmsg of none", no_pointer(nn_reallocmsg(NULL, 5)), EFAULT);
    FAILS("nn_reallocmsg ENOMEM", no_pointer(nn_reallocmsg(buffer, (size_t)-2)), ENOMEM);
    IS("and the buffer stays", nn_freemsg(buffer), 0);
    FAILS("NN_MSG of NULL", nn_send(one, NULL, NN_MSG, 0), EFAULT);
    FAILS("NN_MSG of NULL", nn_send(one, &nothing, NN_MSG, 0), EFAULT);
    FAILS("NN_MSG of what was freed", nn_send(one, &gone, NN_MSG, 0), EFAULT);
    FAILS("a length no memory has", nn_send(one, here, (size_t)-2, 0), EFAULT);
    nn_send(one, "kept", 4, 0);
    FAILS("NN_MSG recv to NULL", nn_recv(other, NULL, NN_MSG, 0), EFAULT);
    FAILS("recv to NULL", nn_recv(other, NULL, 4, 0), EFAULT);
    FAILS("recv to a NULL part", recv_parts(1, NULL, 4, NULL, 0), EFAULT);
    memset(&message, 0, sizeof(message));
    message.msg_iovlen = 1;
    FAILS("parts at NULL", nn_sendmsg(one, &message, 0), EFAULT);
    FAILS("parts at NULL", nn_recvmsg(other, &message, 0), EFAULT);
    IS("and no message is lost by that", nn_recv(other, here, 1, 0), 4);
    message.msg_iovlen = 0;
    message.msg_control = &gone;
    message.msg_controllen = NN_MSG;
    FAILS("control of what was freed", nn_sendmsg(one, &message, 0), EFAULT);
    part();
}

int main(int argc, char **argv)
{
    begin(argc, argv);
    plain();
    buffers();
    headers();
    records();
    if (!is_theirs)
        mistakes();
    return finish();
}

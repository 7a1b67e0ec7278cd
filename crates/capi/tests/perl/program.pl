# A program of Debian's module for nanomsg, which was built against nanomsg's own headers.
use strict;
use warnings;
use NanoMsg::Raw;

my $passed = 0;

sub holds {
    my ($condition, $what) = @_;
    die "$what: " . nn_strerror(nn_errno()) unless $condition;
    ++$passed;
}

my $pull = nn_socket(AF_SP, NN_PULL);
my $push = nn_socket(AF_SP, NN_PUSH);
holds(defined nn_bind($pull, 'ipc://perl.ipc'), 'bind');
holds(defined nn_connect($push, 'ipc://perl.ipc'), 'connect');
holds(nn_send($push, 'from perl', 0) == 9, 'send');
my $body;
holds(nn_recv($pull, $body, 64, 0) == 9 && $body eq 'from perl', 'recv');
my $buffer = nn_allocmsg(3000, 0);
$buffer->copy('x' x 3000);
holds(nn_send($push, $buffer, 0) == 3000, 'send a buffer');
my $received;
holds(nn_recv($pull, $received, NN_MSG, 0) == 3000, 'receive a buffer');
holds("$received" eq 'x' x 3000, 'its octets');
holds(!defined nn_recv($pull, $body, 64, NN_DONTWAIT), 'nothing more');
holds(nn_setsockopt($pull, NN_SOL_SOCKET, NN_RCVTIMEO, 10), 'an option');
holds(!defined nn_recv($pull, $body, 64, 0), 'nothing in time');
nn_close($pull);
nn_close($push);
print "$passed passed, 0 failed\n";

//! Servers whose processes are killed and started again while clients ask: each request gets its
//! own answer, soon after a server is up. The servers are this program again, as child processes.
//! Obeys `rfc/sp-reqrep.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "killed/child.rs"]
mod child;
#[path = "killed_rep/server.rs"]
mod server;
#[path = "killed_rep/uptime.rs"]
mod uptime;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use child::SOON;
use server::{Server, answer_to};
use speedwell::{Req, Stats};
use speedwell_testkit::effort::usual_or;
use speedwell_testkit::random::Random;
use uptime::Uptime;

/// The longest wait of a client before it dials again.
const RECONNECT: Duration = Duration::from_millis(10);

/// What a kill may add to a call, from when a server is up: ten times what a dialer waits and what
/// shaking hands takes. A machine that has other work makes calls wait that no kill touches, too:
/// the worst of these is allowed on top.
const ANSWERED_WITHIN: Duration = Duration::from_millis(150);

/// The longest of the calls that no kill touches, on a machine with much other work.
const STALLED_AT_MOST: Duration = Duration::from_secs(2);

/// Storms of which one has to keep to that: a machine may also starve a process that just started.
const ATTEMPTS: u32 = 3;

/// Clients at a time.
const CLIENTS: u64 = 4;

/// Calls that took less are not looked at one by one.
const NOTABLE: Duration = Duration::from_millis(2);

/// Kills while calls are made.
struct Storm {
    servers: usize,
    kills: u64,
    calls: u64,
}

/// A call that took a while.
#[derive(Clone, Copy)]
struct Call {
    asked: Instant,
    answered: Instant,
}

impl Storm {
    /// Rages until the calls took no longer than promised, once of a few times: what a kill costs
    /// by itself it costs each time.
    fn passes(&self) {
        let is_kept = (0..ATTEMPTS).any(|_| self.rages());
        assert!(is_kept, "a kill costs more than {ANSWERED_WITHIN:?}");
    }

    /// True when the calls took no longer than promised. None is ever lost or answered wrongly.
    fn rages(&self) -> bool {
        let mut uptime = Uptime::default();
        let mut servers: Vec<_> = (0..self.servers).map(|_| Server::start("0")).collect();
        servers.iter().for_each(|it| uptime.begins(it.bound_at()));
        let addresses: Vec<_> = servers.iter().map(|it| it.address().to_owned()).collect();
        let answered = AtomicU64::new(0);
        let started = Instant::now();
        let (slow, stats) = thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|number| {
                    let (addresses, answered) = (&addresses, &answered);
                    scope.spawn(move || asks(number, addresses, self.calls / CLIENTS, answered))
                })
                .collect();
            self.kill_and_restart(&mut servers, &mut uptime, &answered);
            let ended = clients.into_iter().map(|client| client.join().unwrap());
            ended.unzip::<_, _, Vec<_>, Vec<_>>()
        });
        println!(
            "{} calls to {} servers, {} kills: {:?}",
            self.calls,
            self.servers,
            self.kills,
            started.elapsed()
        );
        assert_eq!(answered.into_inner(), self.calls);
        self.account(&slow.concat(), &stats, &uptime)
    }

    /// Kills each server in its turn, at no particular moment of a call, and in one turn out of
    /// eight all at once. They come back before the next are killed.
    fn kill_and_restart(&self, servers: &mut [Server], uptime: &mut Uptime, answered: &AtomicU64) {
        let mut random = Random::new(71);
        let mut killed = 0;
        for turn in 0.. {
            if killed == self.kills {
                return;
            }
            let due = self.calls * (2 * killed + 1) / (2 * self.kills);
            wait_until(|| answered.load(Ordering::SeqCst) >= due);
            spin(Duration::from_micros(random.below(300)));
            let left = usize::try_from(self.kills - killed).unwrap();
            let all = 0..self.servers.min(left);
            let one = turn % self.servers..turn % self.servers + 1;
            let victims = if turn % 8 == 7 { all } else { one };
            let victims = servers.get_mut(victims).unwrap();
            for victim in &mut *victims {
                victim.kill();
                uptime.ends(Instant::now());
                killed += 1;
            }
            for victim in victims {
                victim.comes_back();
                uptime.begins(victim.bound_at());
            }
        }
    }

    /// Says what the calls took, and whether that is as promised.
    fn account(&self, slow: &[Call], stats: &[Stats], uptime: &Uptime) -> bool {
        let sum = |of: fn(&Stats) -> u64| stats.iter().map(of).sum::<u64>();
        let sent_again = sum(|stats| stats.messages_out) - self.calls;
        let (calm, struck): (Vec<_>, Vec<_>) = slow
            .iter()
            .partition(|call| uptime.is_calm(call.asked, call.answered, self.servers));
        let while_up = |call: &Call| uptime.within(call.asked, call.answered);
        let calm = calm.into_iter().map(while_up).max().unwrap_or_default();
        let worst = struck.into_iter().map(while_up).max().unwrap_or_default();
        println!(
            "  {sent_again} sent again ({} of them had never left), {} connections; the worst call \
             took {worst:?} while a server was up, {calm:?} when none was killed",
            sum(|stats| stats.returned),
            sum(|stats| stats.connected),
        );
        assert!(sent_again > self.kills / 2, "the kills met no requests");
        assert!(calm < STALLED_AT_MOST, "{calm:?}");
        worst <= ANSWERED_WITHIN + calm
    }
}

/// A client: one call after the other, each with the answer to itself.
fn asks(client: u64, addresses: &[String], calls: u64, answered: &AtomicU64) -> (Vec<Call>, Stats) {
    let req = Req::new().unwrap();
    req.set_reconnect(RECONNECT, Duration::ZERO);
    for address in addresses {
        req.connect(address).unwrap();
    }
    let mut slow = Vec::new();
    for number in 0..calls {
        let question = format!("call {number} of client {client}");
        let asked = Instant::now();
        req.send(question.as_bytes()).unwrap();
        let answer = req.recv_timeout(SOON).expect("none is lost");
        let call = Call {
            asked,
            answered: Instant::now(),
        };
        assert_eq!(answer.body(), answer_to(question.as_bytes()));
        if call.answered - call.asked > NOTABLE {
            slow.push(call);
        }
        answered.fetch_add(1, Ordering::SeqCst);
    }
    (slow, req.stats())
}

fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < 2 * SOON, "in vain");
        thread::sleep(Duration::from_micros(200));
    }
}

/// The program as a child: not a test, unless it was started by one.
#[test]
fn as_a_child_it_serves() {
    server::run_if_child();
}

// rfc: sp-reqrep R-12 R-18 sp-endpoint E-04
#[test]
fn fault_71_a_storm_of_kills_loses_no_request_and_mixes_up_no_answer() {
    let (alone, several) = (usual_or(140, 700), usual_or(60, 300));
    Storm {
        servers: 1,
        kills: alone,
        calls: alone * usual_or(500, 1000),
    }
    .passes();
    Storm {
        servers: 3,
        kills: several,
        calls: several * usual_or(500, 1000),
    }
    .passes();
}

/// Nobody calls the socket while the request waits for its first server.
// rfc: sp-reqrep R-08
#[test]
fn a_request_reaches_a_late_server_while_the_application_computes() {
    const SERVER_STARTS: Duration = Duration::from_secs(5);
    const COMPUTED: Duration = Duration::from_secs(10);
    // So its address is known, and nobody is there.
    let mut server = Server::start("0");
    server.kill();
    let req = Req::new().unwrap();
    req.connect(server.address()).unwrap();
    let sent = Instant::now();
    req.send("the last digit of pi?").unwrap();
    let heard_at = thread::scope(|scope| {
        let late = scope.spawn(|| {
            thread::sleep(SERVER_STARTS);
            server.comes_back();
            (server.bound_at(), server.heard(SOON))
        });
        // This is the application, at its own work.
        while sent.elapsed() < COMPUTED {
            thread::sleep(Duration::from_millis(1));
        }
        late.join().unwrap()
    });
    let (bound_at, heard_at) = heard_at;
    println!(
        "heard {:?} after the server was up, {:?} after it was sent",
        heard_at - bound_at,
        heard_at - sent
    );
    assert!(bound_at - sent >= SERVER_STARTS && heard_at - sent < COMPUTED);
    let answer = req.try_recv().unwrap();
    assert_eq!(answer.body(), answer_to(b"the last digit of pi?"));
}

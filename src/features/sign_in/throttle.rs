//! How many sign-ins one address may try, whatever the account. The throttle per account lives in Postgres, where several
//! processes share it.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Sign-ins per minute and address; a whole office may sit behind one.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(120).expect("not zero");

/// Counts attempts per address, in this process.
pub struct Throttle {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(PER_MINUTE)), clock: DefaultClock::default() }
    }
}

impl Throttle {
    /// Counts one attempt; the seconds to wait when there were too many.
    #[must_use]
    pub fn wait_seconds(&self, ip: Option<IpAddr>) -> u32 {
        self.limiter.retain_recent();
        match self.limiter.check_key(&ip.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))) {
            Ok(()) => 0,
            Err(not_until) => u32::try_from(not_until.wait_time_from(self.clock.now()).as_secs() + 1).unwrap_or(60),
        }
    }
}

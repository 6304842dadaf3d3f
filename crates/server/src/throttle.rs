//! Failed authentications, counted per source address: the answer to guessing and to floods of the log.
//!
//! A good signature is never held up by the failures of its neighbours behind one address.

use std::net::{IpAddr, Ipv6Addr};

use callsign_protocol::date::Timestamp;

use crate::per_minute::PerMinute;

/// Counts failures.
#[derive(Debug)]
pub(crate) struct Throttle(PerMinute<IpAddr>);

impl Throttle {
    pub(crate) fn new(failures_per_minute: u32) -> Self {
        Self(PerMinute::new(failures_per_minute))
    }

    /// Counts a failure; when there are too many, the seconds until they are forgotten.
    pub(crate) fn failed(&self, source: IpAddr, now: Timestamp) -> Result<(), u32> {
        self.0.count(&network(source), now)
    }
}

/// One host commonly owns a whole IPv6 /64, so that is what is counted.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_per_network_and_minute() {
        let throttle = Throttle::new(2);
        let at = Timestamp::from_unix_seconds;
        let (one, neighbour, other) = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1");
        let failed = |address: &str, seconds| throttle.failed(address.parse().unwrap(), at(seconds));
        assert_eq!(failed(one, 0), Ok(()));
        assert_eq!(failed(neighbour, 1), Ok(()));
        assert_eq!(failed(one, 20), Err(40));
        assert_eq!(failed(other, 20), Ok(()));
        assert_eq!(failed("::ffff:192.0.2.1", 20), Ok(()));
        assert_eq!(failed("192.0.2.1", 20), Ok(()));
        assert_eq!(failed("192.0.2.1", 20), Err(40));
        assert_eq!(failed(one, 60), Ok(()));
    }
}

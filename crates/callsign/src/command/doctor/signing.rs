//! How the server of this machine signs.

use callsign_server::admin::{Reply, Request, SigningStanding};

use super::finding::Finding;
use crate::args::Place;
use crate::command::{ask, unexpected};

pub(super) fn look(place: &Place) -> anyhow::Result<Finding> {
    let Reply::Status(standing) = ask(place, Request::Status {})?.reply else {
        return Err(unexpected());
    };
    Ok(Finding::good("signing", sentence(&standing.signing)))
}

fn sentence(signing: &SigningStanding) -> String {
    let mut text = match &signing.why_one_by_one {
        Some(reason) => format!("{}, one by one: {reason}", signing.engine),
        None => format!("{}, up to eight at once", signing.engine),
    };
    let begun: u64 = signing.batches_by_size.iter().zip(1_u64..).map(|(batches, size)| batches * size).sum();
    let batches: u64 = signing.batches_by_size.iter().sum();
    if batches > 0 {
        let (mean, waited) = (begun as f64 / batches as f64, signing.waited_microseconds / begun.max(1));
        text.push_str(&format!(
            "\n{begun} signatures since the start, {mean:.1} in a batch, which they waited for {waited} µs; {} refused",
            signing.refused
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(why_one_by_one: Option<&str>, batches_by_size: &[u64]) -> SigningStanding {
        SigningStanding {
            engine: "aws-lc".to_owned(),
            why_one_by_one: why_one_by_one.map(str::to_owned),
            batches_by_size: batches_by_size.to_vec(),
            waited_microseconds: 60,
            refused: 2,
        }
    }

    #[test]
    fn it_says_which_engine_signs_why_and_how_much() {
        assert_eq!(sentence(&standing(Some("no library"), &[])), "aws-lc, one by one: no library");
        assert_eq!(
            sentence(&standing(None, &[4, 1])),
            "aws-lc, up to eight at once\n6 signatures since the start, 1.2 in a batch, which they waited for 10 µs; 2 refused"
        );
    }
}

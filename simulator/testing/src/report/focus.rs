//! The arguments of `replay` that show the place that a finding is about.

use simulation::Nanos;
use simulation::check::Place;
use simulation::text::shell_word;

/// Returns the arguments of `replay` that show a place, each with a space before it.
pub fn arguments_of(place: &Place) -> String {
    let mut arguments = String::new();
    if let Some(from) = place.from {
        arguments += &format!(" --from {}", argument(from));
    }
    if let Some(until) = place.until {
        arguments += &format!(" --until {}", argument(until));
    }
    if let Some(key) = &place.key {
        arguments += &format!(" --key {}", shell_word(key.as_ref()));
    }
    arguments
}

/// A moment as an argument, to the millisecond: one before what is meant, or after it, is as good.
fn argument(at: Nanos) -> String {
    let millis = at.div_ceil(1_000_000);
    let text = format!("{}.{:03}", millis / 1_000, millis % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_short_arguments() {
        let shown = [0, 10_000_000_000, 1_156_250_000].map(argument);
        assert_eq!(shown, ["0", "10", "1.157"]);
    }

    #[test]
    fn a_place_is_arguments_of_replay() {
        let key = Some("a key".to_owned());
        let place = Place { from: Some(1_500_000_000), until: None, key };
        assert_eq!(arguments_of(&place), " --from 1.5 --key 'a key'");
        assert_eq!(arguments_of(&Place::default()), "");
    }
}

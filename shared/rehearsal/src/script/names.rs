//! Names in messages.

/// The most names that a message lists.
const LISTED_MAX: usize = 16;

/// The longest names that are compared with others, to tell which was meant.
const COMPARED_BYTES_MAX: usize = 64;

/// The name most like `name`, if any is alike enough to be meant.
pub(super) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let comparable = |name: &str| name.len() <= COMPARED_BYTES_MAX;
    let limit = (name.chars().count() / 3).max(1);
    let lower = name.to_lowercase();
    let candidates = known.iter().filter(|known| comparable(known));
    candidates
        .filter(|_| comparable(name))
        .map(|known| (strsim::osa_distance(&lower, &known.to_lowercase()), *known))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|pair| pair.0)
        .map(|(_, known)| known)
}

/// `` `a`, `b` and `c` ``.
pub(super) fn listed(names: &[&str], conjunction: &str) -> String {
    if names.len() > LISTED_MAX {
        return format!("{}, …", listed(&names[..LISTED_MAX], "and"));
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => {
            format!("{} {conjunction} {last}", rest.join(", "))
        }
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

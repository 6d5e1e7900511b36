//! Random documents that are valid: jumps lead forward only.

use std::fmt::Write as _;

/// splitmix64
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

pub fn list(random: &mut Random, depth: u64) -> String {
    let length = 1 + random.below(4);
    let tasks: Vec<_> = (0..length)
        .map(|place| task(random, depth, place, length))
        .collect();
    format!("[{}]", tasks.join(", "))
}

fn task(random: &mut Random, depth: u64, place: u64, length: u64) -> String {
    let mut text = format!("t{place}: {{{}", kind(random, depth, place, length));
    if random.one_in(5) {
        text.push_str(", if: .x");
    }
    if random.one_in(6) {
        write!(text, ", timeout: {{after: PT{}S}}", random.below(5)).unwrap();
    }
    if random.one_in(3) {
        write!(text, ", then: {}", target(random, place, length)).unwrap();
    }
    text.push('}');
    text
}

/// Somewhere forward.
fn target(random: &mut Random, place: u64, length: u64) -> String {
    match random.below(length - place + 2) {
        0 => "exit".to_owned(),
        1 => "end".to_owned(),
        2 => "continue".to_owned(),
        far => format!("t{}", place + far - 2),
    }
}

fn kind(random: &mut Random, depth: u64, place: u64, length: u64) -> String {
    let kinds = if depth == 0 { 6 } else { 10 };
    let seconds = random.below(5);
    match random.below(kinds) {
        0 => "set: {x: 1}".to_owned(),
        1 => format!("wait: PT{seconds}S"),
        2 => "call: http, with: {method: get, endpoint: 'https://x'}".to_owned(),
        3 => "listen: {to: {any: []}}".to_owned(),
        4 => "raise: {error: {type: 'https://x/y', status: 500}}".to_owned(),
        5 => {
            let cases: Vec<_> = (0..=random.below(2))
                .map(|case| {
                    let then = target(random, place, length);
                    format!("c{case}: {{when: .x, then: {then}}}")
                })
                .collect();
            format!("switch: [{}]", cases.join(", "))
        }
        6 => format!("do: {}", list(random, depth - 1)),
        7 => {
            let items = ["[]", "'[1]'", "'[1, 2, 3]'"][usize::try_from(random.below(3)).unwrap()];
            format!("for: {{in: {items}}}, do: {}", list(random, depth - 1))
        }
        8 => {
            let compete = random.one_in(2);
            let branches: Vec<_> = (0..=random.below(3))
                .map(|branch| format!("b{branch}: {{do: {}}}", list(random, depth - 1)))
                .collect();
            let branches = branches.join(", ");
            format!("fork: {{compete: {compete}, branches: [{branches}]}}")
        }
        _ => {
            let tried = list(random, depth - 1);
            format!(
                "try: {tried}, catch: {{{}}}",
                catch(random, depth, place, length)
            )
        }
    }
}

fn catch(random: &mut Random, depth: u64, place: u64, length: u64) -> String {
    let mut parts = Vec::new();
    if random.one_in(2) {
        parts.push(format!("do: {}", list(random, depth - 1)));
    }
    if random.one_in(3) {
        parts.push(format!("then: {}", target(random, place, length)));
    }
    if random.one_in(2) {
        let backoff = ["constant", "linear", "exponential"];
        let backoff = backoff[usize::try_from(random.below(3)).unwrap()];
        let mut limit = format!("attempt: {{count: {}}}", random.below(4));
        if random.one_in(3) {
            limit = format!("attempt: {{count: 2, duration: PT{}S}}", random.below(3));
        }
        if random.one_in(3) {
            write!(limit, ", duration: PT{}S", random.below(9)).unwrap();
        }
        parts.push(format!(
            "retry: {{delay: PT1S, backoff: {{{backoff}: {{}}}}, limit: {{{limit}}}, \
             jitter: {{from: PT0S, to: PT1S}}}}"
        ));
    }
    parts.join(", ")
}
